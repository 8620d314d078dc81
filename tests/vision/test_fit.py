"""The process that trains: what it says of held-out images, and what it needs for it."""

import numpy as np
import pytest
from PIL import Image

from vision import fit
from vision.base import Sample
from vision.results import AlphaMatte


class Counts:
    def __init__(self):
        self.batches = []

    def predict(self, images):
        self.batches.append([image.shape[:2] for image in images])
        return [AlphaMatte(np.zeros(image.shape[:2], np.float32)) for image in images]


@pytest.fixture
def samples(tmp_path):
    rows = []
    for number, size in enumerate([(40, 40)] * 3 + [(200, 100)] + [(10, 10)] * 20):
        Image.new("RGB", size).save(tmp_path / f"{number}.png")
        rows.append(Sample(tmp_path / f"{number}.png", "", "test", "", str(number)))
    (tmp_path / "broken").write_bytes(b"no picture")
    return [*rows, Sample(tmp_path / "broken", "", "test", "", "broken")]


def test_held_out_images_are_predicted_together_as_far_as_memory_goes(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "PIXELS", 4000)
    model = Counts()
    rows = fit.predict_files(model, samples, lambda: False, tmp_path)
    assert [len(batch) for batch in model.batches] == [2, 1, 1, 16, 4] and model.batches[2] == [(100, 200)]
    assert {row["id"] for row in rows} == {sample.id for sample in samples}
    assert [row["id"] for row in rows if "error" in row] == ["broken"]


def test_a_state_is_told_when_it_was_written_and_not_after_every_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr("vision.models.yolo.trainer.SAVE_SECONDS", 1e9)
    random, rows = np.random.default_rng(0), []
    for n in range(8):
        Image.fromarray(random.integers(0, 255, (40, 60, 3), np.uint8)).save(path := tmp_path / f"{n}.png")
        boxes = [{"category": "a", "bbox": [5, 4, 40, 30]}]
        rows.append({"id": n, "path": str(path), "split": "train" if n < 6 else "val", "boxes": boxes})
    spec = {
        "model": "yolo", "config": {"epochs": 4, "image_size": 64, "batch_size": 2}, "categories": ["a"], "samples": rows,
        "out": str(tmp_path / "out"), "device": "cpu",
    }  # fmt: skip
    said = []
    fit.run(spec, lambda **message: said.append(message), lambda: False)
    assert [message["type"] for message in said if message["type"] in ("progress", "state")] == [
        "progress", "state", "progress", "progress", "progress", "state",  # the first epoch's, and the last one's
    ]  # fmt: skip
    assert said[-1]["type"] == "done"
