"""The YOLO detector: it learns, serves the same whatever runs it, and sees what people saw."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from vision import registry, weights
from vision.base import WEIGHTS, Sample, Stopped
from vision.detection_metrics import detection_report
from vision.geometry import clipped

CATEGORIES = ["red", "green"]


def scene(seed, size=(160, 120)):
    """A dark picture with a bright rectangle of each category or of one, and where they are."""
    random = np.random.default_rng(seed)
    width, height = size
    pixels = random.integers(20, 60, (height, width, 3), np.uint8)
    boxes = []
    for number, name in enumerate(CATEGORIES):
        if random.random() < 0.25:
            continue
        w, h = random.integers(30, 50), random.integers(30, 50)
        x, y = random.integers(0, width // 2 - 50) + number * width // 2, random.integers(0, height - 50)
        pixels[y : y + h, x : x + w, number] += 170
        boxes.append((name, (float(x), float(y), float(x + w), float(y + h))))
    return pixels, tuple(boxes)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("scenes"), []
    for number in range(40):
        pixels, boxes = scene(number)
        path = folder / f"{number:02}"  # as in storage: without an ending
        Image.fromarray(pixels).save(path, "PNG")
        split = "train" if number < 24 else "val" if number < 30 else "test"
        rows.append(Sample(path, "", split, "", str(number), boxes))
    return rows


@pytest.fixture(scope="module")
def trained(samples, tmp_path_factory):
    config = registry.parse_config(
        "yolo",
        {"epochs": 30, "image_size": 160, "batch_size": 4, "augmentation": "light"},
    )
    return registry.trainer_class("yolo")().fit(
        samples, tmp_path_factory.mktemp("out"), config, categories=CATEGORIES, on_progress=lambda progress: None,
        should_stop=lambda: False,
    )  # fmt: skip


def load(checkpoint, **options):
    return registry.predictor_class("yolo").load(checkpoint.path, options=options)


def pixels_of(samples):
    return [np.asarray(Image.open(sample.path)) for sample in samples]


def test_it_learns_to_find_what_it_has_never_seen(samples, trained):
    held_out = [sample for sample in samples if sample.split == "test"]
    results = [result.to_json() for result in load(trained).predict(pixels_of(held_out))]
    report = detection_report([sample.boxes for sample in held_out], results, CATEGORIES)
    assert report["map50"] > 0.8, report


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_whatever_runs_the_network_finds_the_same(samples, trained, monkeypatch, runtime):
    images = pixels_of(samples[:6])
    monkeypatch.setenv("FRAMELOOP_RUNTIME", "onnx")
    expected = load(trained).predict(images)
    monkeypatch.setenv("FRAMELOOP_RUNTIME", runtime)
    for one, other in zip(expected, load(trained).predict(images), strict=True):
        assert [box.category for box in one.boxes] == [box.category for box in other.boxes]
        for a, b in zip(one.boxes, other.boxes, strict=True):
            assert b.bbox == pytest.approx(a.bbox, abs=0.1) and b.score == pytest.approx(a.score, abs=1e-3)


def test_training_uses_the_cores_that_it_was_given_and_leaves_them_so(samples, tmp_path):
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(3)  # Ultralytics' own choice depends on the machine: never this, on two cores
    try:
        registry.trainer_class("yolo")().fit(
            samples[:6], tmp_path, registry.parse_config("yolo", {"epochs": 1, "image_size": 64}), categories=CATEGORIES,
            on_progress=lambda progress: seen.append(torch.get_num_threads()), should_stop=lambda: False,
        )  # fmt: skip
        assert seen == [3] and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(sys.platform != "linux", reason="torch has GNU OpenMP on Linux alone")
def test_threads_that_wait_leave_the_cores_to_other_programs():
    code = "from vision import registry; registry.trainer_class('yolo')"
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(registry.__file__).parent.parent,
        env={**environment, "OMP_DISPLAY_ENV": "verbose"},
    )  # fmt: skip
    assert "GOMP_SPINCOUNT = '3000'" in ran.stderr


def test_an_unknown_runtime_is_refused(trained, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_RUNTIME", "abacus")
    with pytest.raises(ValueError, match="FRAMELOOP_RUNTIME"):
        load(trained)


def test_boxes_below_the_projects_score_are_not_kept(samples, trained):
    images = pixels_of(samples[:8])
    every = [box for result in load(trained, box_score=0.01).predict(images) for box in result.boxes]
    sure = [box for result in load(trained, box_score=0.5).predict(images) for box in result.boxes]
    assert len(every) > len(sure) > 0 and min(box.score for box in sure) >= 0.5


def test_boxes_come_back_in_pixels_of_the_image_whatever_its_shape(trained):
    predictor = load(trained, box_score=0.3)
    pixels, boxes = scene(7, (160, 120))
    large = np.asarray(Image.fromarray(pixels).resize((640, 480), Image.Resampling.NEAREST))
    (found,) = predictor.predict([large])
    for name, box in boxes:
        best = max((one for one in found.boxes if one.category == name), key=lambda one: one.score)
        assert best.bbox == pytest.approx([4 * value for value in box], abs=24)
    for shape in ((1, 400), (400, 1), (33, 33)):
        (result,) = predictor.predict([np.zeros((*shape, 3), np.uint8)])
        assert all(box.bbox == clipped(box.bbox, shape[1], shape[0]) for box in result.boxes)


def test_turned_photographs_are_learned_as_people_saw_them(tmp_path):
    """EXIF says that the file lies on its side; boxes are of the upright image."""
    from vision.models.yolo.dataset import SampleDataset
    from vision.models.yolo.library import get_cfg

    pixels = np.zeros((40, 80, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)

    sample = Sample(tmp_path / "turned.jpg", "", "train", "", "1", (("red", (0.0, 0.0, 20.0, 80.0)),))
    dataset = SampleDataset(
        [sample],
        CATEGORIES,
        imgsz=64,
        augment=False,
        hyp=get_cfg(),
        data={"names": {}, "nc": 2},
        batch_size=1,
    )
    image, (height, width), _ = dataset.load_image(0)
    assert (height, width) == (80, 40) and image.shape[:2] == (64, 32)
    np.testing.assert_allclose(dataset.labels[0]["bboxes"], [[0.25, 0.5, 0.5, 1.0]])


def test_an_image_that_cannot_be_read_is_passed_over(samples, tmp_path):
    (tmp_path / "broken").write_bytes(b"no picture")
    broken = Sample(tmp_path / "broken", "", "train", "", "x", (("red", (0.0, 0.0, 5.0, 5.0)),))
    config = registry.parse_config("yolo", {"epochs": 1, "image_size": 64, "batch_size": 4})
    checkpoint = registry.trainer_class("yolo")().fit(
        [*samples[:6], broken], tmp_path / "out", config, categories=CATEGORIES, on_progress=lambda progress: None,
        should_stop=lambda: False,
    )  # fmt: skip
    assert checkpoint.config["images"] == {"train": 6, "val": 0}


def test_nothing_to_learn_from_is_said(samples, tmp_path):
    from dataclasses import replace

    empty = [replace(sample, boxes=()) for sample in samples]
    with pytest.raises(ValueError, match="no box"):
        registry.trainer_class("yolo")().fit(
            empty,
            tmp_path,
            registry.parse_config("yolo", {}),
            categories=CATEGORIES,
            on_progress=print,
            should_stop=lambda: False,
        )


def test_weights_that_are_a_pickle_need_their_hash(monkeypatch, tmp_path):
    (tmp_path / "yolo11n.pt").write_bytes(b"x")
    monkeypatch.setenv("FRAMELOOP_YOLO", str(tmp_path / "yolo11n.pt"))
    with pytest.raises(weights.MissingWeights, match="FRAMELOOP_YOLO_SHA256"):
        weights.yolo()
    monkeypatch.setenv("FRAMELOOP_YOLO_SHA256", "0" * 64)
    with pytest.raises(weights.MissingWeights, match="differs"):
        weights.yolo()


def named_weights(monkeypatch, path):
    monkeypatch.setenv("FRAMELOOP_YOLO", str(path))
    monkeypatch.setenv("FRAMELOOP_YOLO_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())


def test_training_begins_with_the_weights_that_are_named(monkeypatch, samples, tmp_path):
    """A file as Ultralytics writes it, of a network that tells other things apart: all but the last layer is taken over."""
    from vision.models.yolo.library import IterableSimpleNamespace
    from vision.models.yolo.network import build, pretrained

    other = build("n", 80).half()
    other.args = IterableSimpleNamespace(imgsz=640)
    torch.save(
        {"epoch": -1, "model": other, "ema": None, "train_args": {"imgsz": 640}}, tmp_path / "yolo11n.pt"
    )
    named_weights(monkeypatch, tmp_path / "yolo11n.pt")
    first = {name: value.float() for name, value in other.state_dict().items()}
    assert all((first[name] == value).all() for name, value in pretrained().state_dict().items())
    config = registry.parse_config(
        "yolo",
        {"epochs": 1, "image_size": 64, "batch_size": 4, "learning_rate": 1e-9, "augmentation": "none"},
    )
    checkpoint = registry.trainer_class("yolo")().fit(
        samples[:6], tmp_path / "out", config, categories=CATEGORIES, on_progress=lambda progress: None,
        should_stop=lambda: False,
    )  # fmt: skip
    learned = load_file(checkpoint.path / WEIGHTS)
    torch.testing.assert_close(
        learned["model.0.conv.weight"], first["model.0.conv.weight"], atol=1e-3, rtol=0
    )


class Runs:
    def __reduce__(self):
        return (os.system, ("touch opened",))


def test_weights_that_would_run_something_are_refused(monkeypatch, tmp_path):
    from vision.models.yolo.network import pretrained

    monkeypatch.chdir(tmp_path)
    torch.save({"model": Runs()}, tmp_path / "yolo11n.pt")
    named_weights(monkeypatch, tmp_path / "yolo11n.pt")
    with pytest.raises(weights.MissingWeights, match="system, which is no layer"):
        pretrained()
    assert not (tmp_path / "opened").exists()


def test_training_asks_no_network_prints_nothing_of_its_own_and_leaves_no_pickle(samples, tmp_path):
    """As the training task starts it: in a process, with the protocol alone on its standard output."""
    rows = [
        {
            "id": sample.id, "path": str(sample.path), "split": sample.split, "group": "",
            "boxes": [{"category": name, "bbox": list(box)} for name, box in sample.boxes],
        }
        for sample in samples[:12] + samples[24:26] + samples[30:32]
    ]  # fmt: skip
    spec = {
        "model": "yolo", "config": {"epochs": 2, "image_size": 64, "batch_size": 4}, "categories": CATEGORIES, "samples": rows,
        "out": str(tmp_path / "out"), "device": "cpu",
    }  # fmt: skip
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    environment = {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "FRAMELOOP_WEIGHTS": str(tmp_path / "weights"),
        "http_proxy": "http://127.0.0.1:9",
    }
    environment.pop("YOLO_CONFIG_DIR", None)
    ran = subprocess.run(
        [sys.executable, "-m", "vision.fit", str(tmp_path / "spec.json")], capture_output=True, text=True, env=environment,
        cwd=Path(registry.__file__).parent.parent, check=True,
    )  # fmt: skip
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert said[-1]["type"] == "done" and [row["id"] for row in said[-1]["test"]] == ["30", "31"]
    assert [row["epoch"] for row in said if row["type"] == "progress"] == [1, 2]
    assert {"val_map", "val_map50", "loss"} <= set(said[1]["metrics"])
    assert [row["message"] for row in said if row["type"] == "progress"] == ["begun with random weights", ""]
    left = [path for path in tmp_path.rglob("*") if path.suffix in (".pt", ".pkl", ".cache", ".npy")]
    assert not left and not (tmp_path / "home").exists()


def test_a_run_ends_within_a_batch(samples, tmp_path):
    calls = iter(range(10_000))
    config = registry.parse_config("yolo", {"epochs": 50, "image_size": 64, "batch_size": 4})
    with pytest.raises(Stopped):
        registry.trainer_class("yolo")().fit(
            samples, tmp_path, config, categories=CATEGORIES, on_progress=lambda progress: None,
            should_stop=lambda: next(calls) >= 3,
        )  # fmt: skip
    assert next(calls) == 4 and not (tmp_path / "final").exists()
