"""Scenes before Blender sees them: what stands where, of what shape, and what is counted of what is seen."""

import math
from base64 import b64encode
from collections import Counter
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from vision.registry import configs
from vision.scenes.boxes import Outline, labeled, silhouette, things_seen
from vision.scenes.catalog import BY_NAME, KINDS, mapping_for
from vision.scenes.config import SceneConfig
from vision.scenes.footprints import Footprint, apart, inside, within
from vision.scenes.modelfiles import MOST_TRIANGLES, BadModel, model_checked
from vision.scenes.plan import Custom, plan_scene
from vision.scenes.shapes import BUILDERS, placement, shape_of
from vision.scenes.shapes.fridge import fridge_parts
from vision.scenes.shapes.labels import STYLES, picture
from vision.scenes.shapes.looks import Print

FULL = SceneConfig(clutter_from=1, clutter_to=1, doors=1)
FRIDGE_INTERIOR = ["eggBox", "joghurt", "ketchup", "mushroom", "mustard", "orange", "squash", "water"]


def test_the_catalog_has_the_kinds_that_are_asked_for():
    assert len(KINDS) >= 24 and set(BUILDERS) == set(BY_NAME)
    assert set(mapping_for(FRIDGE_INTERIOR).values()) == set(FRIDGE_INTERIOR)
    assert mapping_for(["Tomatoes", "Milk cartons", "Coke", "shoe"]) == {"tomato": "Tomatoes", "milk": "Milk cartons", "can": "Coke"}  # fmt: skip


def test_the_same_seed_gives_the_same_plan_and_another_one_another():
    assert plan_scene(7, SceneConfig()) == plan_scene(7, SceneConfig())
    assert plan_scene(7, SceneConfig()).things != plan_scene(8, SceneConfig()).things


def corners(thing, lift=0.0):
    """Those of its box, in the scene."""
    w, d, h = thing.size
    box = np.array([[x, y, z, 1] for x in (-w / 2, w / 2) for y in (-d / 2, d / 2) for z in (0, h)])
    return box @ placement(thing).T


def flat(thing):
    """From above: a round one's circle, or its rectangle."""
    w, d, h = thing.size
    width, depth = (h, d) if thing.lies else (w, d)
    is_round = not thing.lies and thing.kind in BY_NAME and BY_NAME[thing.kind].depth is None
    return Footprint(thing.place[0], thing.place[1], width, depth, thing.yaw, is_round)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_stands_in_anything_else(seed):
    plan = plan_scene(seed, FULL)
    assert len(plan.things) > 15
    spans = {thing.number: (corners(thing)[:, 2].min(), corners(thing)[:, 2].max()) for thing in plan.things}
    for n, one in enumerate(plan.things):
        for other in plan.things[:n]:
            (low, high), (bottom, top) = spans[one.number], spans[other.number]
            if low < top - 1e-6 and bottom < high - 1e-6:
                assert apart(flat(one), flat(other), 0.0), (one, other)


@pytest.mark.parametrize("seed", range(6))
def test_everything_rests_on_its_shelf_or_on_what_is_flat_below_its_ceiling(seed):
    plan = plan_scene(seed, FULL)
    tops = {thing.number: corners(thing)[:, 2].max() for thing in plan.things}
    floors = {round(surface.origin[2], 6): surface for surface in plan.surfaces}
    on = Counter()
    for thing in plan.things:
        low, high = corners(thing)[:, 2].min(), corners(thing)[:, 2].max()
        assert low == pytest.approx(thing.place[2])
        if thing.on:
            below = plan.things[thing.on - 1]
            assert low == pytest.approx(tops[thing.on]) and BY_NAME[below.kind].flat
            assert inside(flat(thing), flat(below))
        else:
            surface = floors[round(low, 6)]
            on[surface.door] += 1
            assert high < surface.origin[2] + surface.room
            cos, sin = math.cos(-surface.yaw), math.sin(-surface.yaw)
            x, y = thing.place[0] - surface.origin[0], thing.place[1] - surface.origin[1]
            local = Footprint(x * cos - y * sin, x * sin + y * cos, flat(thing).width, flat(thing).depth, thing.yaw - surface.yaw, flat(thing).round)  # fmt: skip
            assert within(local, surface.width, surface.depth, -1e-9)
    assert on[True] and on[False], "the door's bins hold things, and the shelves do"


def test_shelves_are_fuller_where_more_clutter_is_asked_for():
    def count(clutter):
        config = SceneConfig(clutter_from=clutter, clutter_to=clutter, doors=0)
        return sum(len(plan_scene(seed, config).things) for seed in range(8))

    assert 8 <= count(0.05) < count(0.3) < count(0.6) < count(1.0)


def test_only_the_kinds_that_are_asked_for_occur_and_as_often_as_their_weights_say():
    kinds = ["orange", "water", "mustard"]
    seen = Counter()
    for seed in range(20):
        plan = plan_scene(seed, SceneConfig(), kinds=kinds, weights={"mustard": 0.0, "orange": 5.0})
        seen.update(thing.kind for thing in plan.things)
    assert set(seen) == {"orange", "water"} and seen["orange"] > 2 * seen["water"]
    with pytest.raises(ValueError, match="no kind shoe"):
        plan_scene(1, SceneConfig(), kinds=["shoe"])


def test_somebodys_own_model_stands_among_the_others():
    duck = Custom("duck", "/models/duck.glb", height=0.12, width=0.1, depth=0.08)
    plan = plan_scene(3, SceneConfig(), kinds=["can"], custom=[duck])
    ducks = [thing for thing in plan.things if thing.kind == "duck"]
    assert ducks and all(thing.model == "/models/duck.glb" and not thing.lies for thing in ducks)
    assert all(0.9 * 0.12 < thing.size[2] < 1.1 * 0.12 for thing in ducks)


def test_the_camera_sees_the_shelves():
    for seed in range(30):
        plan = plan_scene(seed, SceneConfig())
        _, y, z = plan.camera.place
        assert y < -0.1 and z > 0
        assert abs(plan.camera.target[0]) <= plan.fridge.width / 2
        assert 0 < plan.camera.target[2] < plan.fridge.height


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_thing_is_as_large_as_planned_and_its_surface_is_sound(kind):
    for seed in range(4):
        random, said = Random(seed), BY_NAME[kind]
        width = random.uniform(*said.width)
        size = (
            width,
            width if said.depth is None else random.uniform(*said.depth),
            random.uniform(*said.height),
        )
        shape = shape_of(kind, seed, size)
        points = shape.points()
        assert np.isfinite(points).all() and len(points) < 60_000
        np.testing.assert_allclose(np.ptp(points, axis=0), size, atol=1e-6)
        assert points[:, 2].min() == pytest.approx(0, abs=1e-9)
        assert len(shape.faces) == len(shape.of_face) == len(shape.smooth) == len(shape.corners)
        assert {n for face in shape.faces for n in face} <= set(range(len(points)))
        assert all(len(face) == len(uv) for face, uv in zip(shape.faces, shape.corners, strict=True))
        assert max(shape.of_face) < len(shape.looks)
    assert np.array_equal(shape_of(kind, 5, size).points(), shape_of(kind, 5, size).points())


def test_two_things_of_a_kind_look_different():
    for kind in BUILDERS:
        assert len({tuple(shape_of(kind, seed, (1, 1, 1)).looks) for seed in range(12)}) > 6, kind


@pytest.mark.parametrize("style", STYLES)
def test_a_label_is_a_picture_that_its_seed_decides(style):
    one = picture(Print(style, 1, (0.8, 0.8, 0.8), (0.1, 0.1, 0.5)))
    assert one.min() >= 0 and one.max() <= 1 and one.std() > 0.01
    assert np.array_equal(one, picture(Print(style, 1, (0.8, 0.8, 0.8), (0.1, 0.1, 0.5))))
    assert not np.array_equal(one, picture(Print(style, 2, (0.8, 0.8, 0.8), (0.1, 0.1, 0.5))))


def test_a_fridge_has_what_its_plan_says():
    plans = [plan_scene(seed, SceneConfig(doors=0.5)) for seed in range(30)]
    assert {plan.fridge.shelf for plan in plans} == {"glass", "wire", "white"}
    assert {plan.fridge.door for plan in plans} == {-1, 0, 1} and {bool(plan.fridge.drawer) for plan in plans} == {True, False}  # fmt: skip
    for plan in plans:
        parts = fridge_parts(plan.fridge)
        assert any(part.clear for part in parts) == ((plan.fridge.shelf == "glass" and bool(plan.fridge.shelves)) or bool(plan.fridge.door))  # fmt: skip


# --- what is seen ---------------------------------------------------------------------------------------------------
def square(x1, y1, x2, y2):
    return np.array([[[x1, y1], [x2, y1], [x2, y2]], [[x1, y1], [x2, y2], [x1, y2]]], np.float32)


def disc(x, y, radius, around=60):
    at = np.linspace(0, 2 * math.pi, around + 1)
    edge = np.column_stack([x + radius * np.cos(at), y + radius * np.sin(at)])
    return np.array([[[x, y], a, b] for a, b in pairwise(edge)], np.float32)


def test_a_silhouette_is_what_the_triangles_cover_together():
    assert silhouette(square(10, 20, 30, 60)) == pytest.approx(800, rel=0.02)
    assert silhouette(np.concatenate([square(10, 20, 30, 60), square(20, 20, 40, 60)])) == pytest.approx(
        1200, rel=0.02
    )
    assert silhouette(disc(50, 50, 20)) == pytest.approx(math.pi * 400, rel=0.02)
    assert silhouette(disc(5, 5, 2)) == pytest.approx(math.pi * 4, rel=0.12)
    assert silhouette(np.zeros((0, 3, 2), np.float32)) == 0
    assert silhouette(square(-1e5, -1e5, 1e5, 1e5)) == pytest.approx(4e10)


def test_boxes_are_exact_around_what_is_in_sight_and_the_share_counts_what_is_hidden_or_cut_off():
    index = np.zeros((100, 120), np.uint16)
    index[20:60, 10:50] = 1
    index[20:60, 30:70] = 300  # before the right half of the first
    index[90:100, 0:20] = 3  # leaves the picture below: half of it
    outlines = [Outline(1, square(10, 20, 50, 60)), Outline(300, square(30, 20, 70, 60)), Outline(3, square(0, 90, 20, 110)), Outline(4, square(80, 80, 90, 90))]  # fmt: skip
    first, third, big = things_seen(index, outlines)
    assert (first.number, first.bbox, first.pixels) == (1, (10, 20, 30, 60), 800)
    assert first.visible == pytest.approx(0.5, abs=0.02) and third.visible == pytest.approx(0.5, abs=0.03)
    assert big.number == 300 and big.bbox == (30, 20, 70, 60) and big.visible == pytest.approx(1, abs=0.02)
    kinds, mapping = {1: "orange", 3: "milk", 300: "can"}, {"orange": "Oranges", "can": "Tins"}
    assert [(name, one.number) for name, one in labeled([first, third, big], kinds, mapping, 0.4)] == [("Oranges", 1), ("Tins", 300)]  # fmt: skip
    assert [one.number for _, one in labeled([first, third, big], kinds, mapping, 0.6)] == [300]


# --- bad input ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "bad",
    [
        {"clutter_from": 0.9, "clutter_to": 0.1}, {"width": 10}, {"width": 10**6}, {"samples": 0}, {"turn": float("nan")},
        {"lens_from": 80, "lens_to": 20}, {"height": 1.5}, {"depth": 3}, {"clutter_to": True},
    ],
)  # fmt: skip
def test_impossible_ranges_are_refused_by_name(bad):
    with pytest.raises(ValueError, match=next(iter(bad)).rpartition("_")[0] or next(iter(bad))):
        configs.parse(SceneConfig, bad)


CUBE = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nf 1 2 3 4\nf 1 2 5\n"


def glb(description, length=None, magic=b"glTF"):
    import json
    import struct

    text = json.dumps(description).encode() if not isinstance(description, bytes) else description
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    return magic + struct.pack("<II", 2, length if length is not None else 12 + len(body)) + body


def shown_often(times):
    """A mesh of a million corners, in as many nodes."""
    mesh = {"primitives": [{"attributes": {"POSITION": 0}}]}
    return {"accessors": [{"count": 1_000_000}], "meshes": [mesh], "nodes": [{"mesh": 0}] * times}


def png_of(width, height):
    """The beginning of a PNG that says so."""
    import struct
    import zlib

    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(13, head), (0, b"IDAT")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", size) + one + struct.pack(">I", zlib.crc32(one)) for size, one in chunks
    )


def test_sound_models_are_taken_and_of_an_obj_no_more_than_its_surfaces():
    assert (
        model_checked("a.GLB", glb({"buffers": [{"uri": "data:;base64,"}], "accessors": [{"count": 3}]}))[0]
        == ".glb"
    )
    texture = {"images": [{"uri": "data:;base64," + b64encode(png_of(8192, 8192)).decode()}]}
    assert model_checked("a.glb", glb({**shown_often(12), **texture}))[0] == ".glb"
    suffix, kept = model_checked("a.obj", b"mtllib ../../etc/passwd\nusemtl x\ncall other.obj\n" + CUBE)
    assert suffix == ".obj" and kept == CUBE


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.fbx", b"x", "glb or an .obj"),
        ("obj", b"x", "glb or an .obj"),
        ("a.obj", b"", "empty"),
        ("a.glb", b"glTF" + b"\0" * 40, "2.0"),
        ("a.glb", b"PK\3\4" + b"\0" * 40, "no .glb"),
        ("a.glb", glb({}, length=10**6), "cut off"),
        ("a.glb", glb(b"[" * 100_000), "no JSON"),
        ("a.glb", glb([1]), "no object"),
        ("a.glb", glb({"buffers": [{"uri": "../../etc/passwd"}]}), "another file"),
        ("a.glb", glb({"images": [{"uri": "http://127.0.0.1/x.png"}]}), "another file"),
        ("a.glb", glb({"accessors": [{"count": 3 * MOST_TRIANGLES + 1}]}), "too many"),
        ("a.glb", glb({"accessors": [{"count": True}]}), "no number"),
        ("a.glb", glb({"buffers": 5}), "no list"),
        ("a.glb", glb({"extensionsUsed": ["KHR_draco_mesh_compression"]}), "packed"),
        ("a.glb", glb(shown_often(13)), "too many"),
        (
            "a.glb",
            glb({**shown_often(0), "animations": [{"samplers": [{"input": 0, "output": 0}] * 7}]}),
            "too many",
        ),
        ("a.glb", glb({"meshes": [{"primitives": [{"attributes": [0]}]}]}), "no object"),
        (
            "a.glb",
            glb({"images": [{"uri": "data:;base64," + b64encode(png_of(8193, 8192)).decode()}]}),
            "8193 × 8192",
        ),
        (
            "a.glb",
            glb({"images": [{"uri": "data:;base64," + b64encode(png_of(50_000, 50_000)).decode()}]}),
            "texture",
        ),
        ("a.glb", glb({"images": [{"uri": "data:;base64,???"}]}), "Base64"),
        ("a.glb", glb({"images": [{"bufferView": 0}], "bufferViews": [{"byteOffset": "x"}]}), "no number"),
        ("a.obj", b"\xff\xfe", "no text"),
        ("a.obj", b"v 0 0 nan\nf 1 1 1\n", "Line 1: three finite"),
        ("a.obj", b"v 0 0\nf 1 1 1\n", "Line 1: three finite"),
        ("a.obj", b"v 0 0 x\n", "Line 1: three numbers"),
        ("a.obj", b"v 0 0 0\nf 1 2 $(id)\n", "Line 2"),
        ("a.obj", b"v 0 0 0\n", "no surface"),
    ],
)
def test_broken_huge_and_reaching_models_are_refused_with_the_reason(name, data, reason):
    with pytest.raises(BadModel, match=reason):
        model_checked(name, data)


def test_a_model_of_more_surfaces_than_can_be_rendered_is_refused():
    with pytest.raises(BadModel, match="too many"):
        model_checked("a.obj", b"v 0 0 0\n" + b"f 1 1 1 1 1 1 1 1\n" * (MOST_TRIANGLES // 2 + 2))
