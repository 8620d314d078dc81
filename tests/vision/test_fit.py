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
