"""What Blender makes of plans; the real one, where it is installed."""

import io
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.vision.test_scenes import CUBE
from vision.scenes.boxes import labeled
from vision.scenes.config import SceneConfig
from vision.scenes.plan import Camera, Custom, Thing, plan_scene
from vision.scenes.render import BlenderMissing, Renderer, RenderFailed, blender_command

SMALL = SceneConfig(width=128, height=160, samples=2, doors=0)


def missing():
    try:
        blender_command()
    except BlenderMissing as error:
        return str(error)
    return ""


needs_blender = pytest.mark.skipif(bool(missing()), reason=missing() or "Blender is here")


@pytest.fixture(scope="module")
def renderer():
    with Renderer(threads=1) as renderer:
        yield renderer


def of(plan, *things, camera=None):
    fridge = replace(plan.fridge, width=0.6, depth=0.4, height=0.5, shelves=(), drawer=0.0, door=0)
    return replace(
        plan, fridge=fridge, things=things, camera=camera or Camera((0, -1.0, 0.2), (0, 0.2, 0.2), 36, 0)
    )


@needs_blender
def test_a_picture_comes_with_exact_boxes_and_the_same_seed_gives_the_same(renderer):
    plan = plan_scene(5, SMALL)
    made = renderer.render(plan)
    picture = np.asarray(Image.open(io.BytesIO(made.picture)))
    assert picture.shape == (160, 128, 3) and picture.std() > 15
    assert made.index.shape == (160, 128) and made.index.max() <= len(plan.things)
    assert len(made.seen) > 5
    for one in made.seen:
        mask = made.index == one.number
        x1, y1, x2, y2 = (int(side) for side in one.bbox)
        assert mask[y1:y2, x1:x2].sum() == mask.sum() == one.pixels
        assert mask[y1:y2, x1].any() and mask[y1:y2, x2 - 1].any() and mask[y1, x1:x2].any() and mask[y2 - 1, x1:x2].any()  # fmt: skip
    again = renderer.render(plan)
    assert np.array_equal(again.index, made.index)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(again.picture))), picture)


@needs_blender
def test_a_box_is_where_the_camera_sees_the_thing_and_what_stands_before_it_hides_it(renderer):
    plan = plan_scene(5, SMALL)
    behind = Thing(1, "milk", (0.09, 0.09, 0.24), (0.0, 0.30, 0.0), 0.4, False, 3)
    before = Thing(2, "leftovers", (0.2, 0.12, 0.10), (0.0, 0.10, 0.0), 0.0, False, 4)
    alone = renderer.render(of(plan, behind)).seen
    both = renderer.render(of(plan, behind, before)).seen
    assert [one.number for one in alone] == [1] and [one.number for one in both] == [1, 2]
    assert alone[0].visible == pytest.approx(1, abs=0.04)
    assert both[1].visible == pytest.approx(1, abs=0.04)
    assert 0.2 < both[0].visible < 0.8, "a clear box is a thing, too"
    # A camera of 36 mm sees as much across as it is far: the carton is about 0.09 of 1.3 m.
    x1, _, x2, _ = alone[0].bbox
    assert (x2 - x1) / 160 == pytest.approx(0.11 / 1.3, abs=0.02) and (x1 + x2) / 2 == pytest.approx(
        64, abs=2
    )
    assert both[0].bbox[1] == alone[0].bbox[1] and both[0].bbox[3] < alone[0].bbox[3]


@needs_blender
def test_what_a_shelf_of_glass_stands_before_is_labeled_through_it(renderer):
    plan = plan_scene(5, SMALL)
    low = Thing(1, "orange", (0.08, 0.08, 0.08), (0.0, 0.3, 0.0), 0.0, False, 3)
    above = Camera((0, -0.35, 0.55), (0, 0.3, 0.04), 36, 0)
    scene = of(plan, low, camera=above)
    clear = replace(scene, fridge=replace(scene.fridge, shelves=(0.2,), shelf="glass"))
    solid = replace(scene, fridge=replace(scene.fridge, shelves=(0.2,), shelf="white"))
    (through,) = renderer.render(clear).seen
    assert through.visible > 0.8
    assert sum(one.visible for one in renderer.render(solid).seen) < 0.2


@needs_blender
def test_nothing_of_the_meshes_in_a_crammed_fridge_runs_into_another(renderer):
    """By the meshes themselves, and not by the boxes that they were planned by."""
    from vision.scenes.shapes import placement, shape_of

    plan = plan_scene(2, replace(SMALL, clutter_from=1, clutter_to=1))
    spans = []
    for thing in plan.things:
        points = shape_of(thing.kind, thing.seed, thing.size).points()
        placed = np.column_stack([points, np.ones(len(points))]) @ placement(thing).T
        spans.append((thing, placed))
    from scipy.spatial import ConvexHull

    for n, (one, points) in enumerate(spans):
        faces = ConvexHull(points).equations
        for other, others in spans[:n]:
            if np.linalg.norm(np.subtract(one.place, other.place)) < 0.5:
                near = others[((others >= points.min(0)) & (others <= points.max(0))).all(1)]
                outside = (near @ faces[:, :3].T + faces[:, 3]).max(1)  # metres
                assert (outside > -1e-6).all(), (one.kind, other.kind)  # what stands on it touches it


@needs_blender
def test_somebodys_own_model_is_measured_rendered_and_boxed(renderer, tmp_path):
    path = tmp_path / "cube.obj"
    path.write_bytes(CUBE)
    size, triangles = renderer.inspect(path)
    assert size == pytest.approx((1, 1, 1), abs=1e-4) and triangles == 3
    plan = plan_scene(
        5, SMALL, kinds=["can"], custom=[Custom("tile", str(path), 0.1, 0.1, 0.1)], weights={"can": 0}
    )
    made = renderer.render(plan)
    assert {thing.kind for thing in plan.things} == {"tile"} and made.seen
    kinds = {thing.number: thing.kind for thing in plan.things}
    assert labeled(made.seen, kinds, {"tile": "Tiles"}, 0.25)


@needs_blender
def test_a_broken_model_is_an_error_and_blender_goes_on(renderer, tmp_path):
    path = tmp_path / "broken.glb"
    path.write_bytes(b"glTF" + b"\0" * 30)
    with pytest.raises(RenderFailed):
        renderer.inspect(path)
    assert renderer.render(plan_scene(5, replace(SMALL, samples=1))).seen


@needs_blender
def test_a_blender_that_was_killed_is_an_error_and_the_next_scene_has_a_new_one():
    with Renderer(threads=1) as renderer:
        plan = plan_scene(5, replace(SMALL, samples=1))
        first = renderer.render(plan)
        renderer.process.send_signal(signal.SIGKILL)
        renderer.process.wait()
        with pytest.raises(RenderFailed, match="crashed"):
            renderer.render(plan)
        assert np.array_equal(renderer.render(plan).index, first.index)


def test_a_blender_that_hangs_is_stopped_with_all_that_it_started(tmp_path):
    started = tmp_path / "started"
    hangs = f"echo '{{\"ready\": 1}}'; sleep 600 & echo $! > {started}; wait"
    with (
        Renderer(["sh", "-c", hangs], seconds=0.3) as renderer,
        pytest.raises(RenderFailed, match="no answer"),
    ):
        renderer.render(plan_scene(5, SMALL))
    with pytest.raises(ProcessLookupError):
        for _ in range(100):  # until it is reaped
            os.kill(int(started.read_text()), 0)
            time.sleep(0.05)


@needs_blender
def test_a_blender_that_is_killed_leaves_no_folder_behind(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Renderer() as renderer:
        renderer.render(plan_scene(5, SMALL))
        assert any(path.name.startswith("frameloop-blender-") for path in tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_blender_that_does_not_start_is_an_error_with_what_it_said_last():
    with (
        Renderer(["sh", "-c", "echo no graphics library >&2; exit 3"]) as renderer,
        pytest.raises(RenderFailed, match=r"code 3.*no graphics library"),
    ):
        renderer.render(plan_scene(5, SMALL))


def test_where_blender_is_missing_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("vision.scenes.render.ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FRAMELOOP_BLENDER", raising=False)
    with pytest.raises(BlenderMissing, match="make blender"):
        Renderer()
    monkeypatch.setenv("FRAMELOOP_BLENDER", "/nowhere/blender")
    with pytest.raises(BlenderMissing, match="/nowhere/blender"):
        Renderer()


def test_an_installed_blender_and_a_python_with_bpy_are_started_each_in_its_way(monkeypatch, tmp_path):
    for name in ("blender", "python3.11"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("FRAMELOOP_BLENDER", str(tmp_path / name))
        command = blender_command()
        assert command[0] == str(tmp_path / name) and command[-1].endswith("stage/main.py")
        assert ("--background" in command) == (name == "blender")
