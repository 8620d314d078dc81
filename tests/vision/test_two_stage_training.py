"""How stage 2 learns from a pretrained backbone: what stays, what moves, and that an interruption changes nothing."""

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from vision.base import WEIGHTS, Sample, Stopped
from vision.models.two_stage import trainer
from vision.models.two_stage.config import TwoStageConfig
from vision.models.two_stage.network import Classifier, MiddleLayers, _quarters, load_pretrained

CATEGORIES = ["left", "right"]
CONFIG = TwoStageConfig(crop="image", image_size=32, epochs=2, batch_size=4)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Twelve images, bright at their top or at their bottom."""
    folder, random, rows = tmp_path_factory.mktemp("images"), np.random.default_rng(0), []
    for number in range(12):
        pixels = random.integers(0, 60, (40, 40, 3), np.uint8)
        half = slice(0, 20) if number % 2 else slice(20, 40)
        pixels[half] += 150
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            Sample(folder / f"{number}.png", CATEGORIES[number % 2], "train", str(number), str(number))
        )
    return rows


def fit(samples, out, stop=lambda: False, config=CONFIG):
    return trainer.TwoStageTrainer().fit(
        samples, out, config, categories=CATEGORIES, on_progress=lambda progress: None, should_stop=stop
    )


@pytest.fixture(scope="module")
def imagenet():
    model = Classifier(CONFIG, 2)
    load_pretrained(model)
    return model.state_dict()


def moved(checkpoint, imagenet):
    """The parts of the backbone that are not ImageNet's any more."""
    found = load_file(checkpoint.path / WEIGHTS)
    return {
        ".".join(name.split(".")[:3])
        for name, value in imagenet.items()
        if name.startswith("backbone.") and not torch.equal(found[name], value)
    }


def test_training_moves_the_last_block_and_keeps_the_others(samples, imagenet, tmp_path):
    assert moved(fit(samples, tmp_path), imagenet) == {"backbone.blocks.5"}


def test_a_fine_tuned_model_stands_between_the_probe_and_where_training_led(
    samples, imagenet, tmp_path, monkeypatch
):
    monkeypatch.setattr(trainer, "ANCHORED", 1.0)
    probe = fit(samples, tmp_path / "probe")
    assert moved(probe, imagenet) == set()
    monkeypatch.setattr(trainer, "ANCHORED", 0.0)
    led = load_file(fit(samples, tmp_path / "led").path / WEIGHTS)
    monkeypatch.undo()
    middle = load_file(fit(samples, tmp_path / "middle").path / WEIGHTS)
    start = load_file(probe.path / WEIGHTS)
    for name in ("head.weight", "backbone.blocks.5.0.conv_pw.weight"):
        torch.testing.assert_close(middle[name], (start[name] + led[name]) / 2)
        assert not torch.equal(start[name], led[name])


def test_a_pretrained_run_that_goes_on_ends_as_one_that_never_stopped(samples, tmp_path):
    whole = fit(samples, tmp_path / "whole")
    calls = iter(range(1000))
    with pytest.raises(Stopped):  # in the second epoch: twelve images are read and three steps make an epoch
        fit(samples, tmp_path / "broken", stop=lambda: next(calls) >= 12 + 1 + 3 + 2)
    assert (tmp_path / "broken" / "state").exists()
    assert fit(samples, tmp_path / "broken").sha256 == whole.sha256


def test_an_image_and_its_mirror_image_get_the_same_answer():
    torch.manual_seed(0)
    model = Classifier(TwoStageConfig(backbone="scratch"), 3).eval()
    crops = torch.rand(2, 3, 48, 48) * 255
    with torch.no_grad():
        torch.testing.assert_close(model(crops), model(crops.flip(3)))
        assert not torch.allclose(model(crops)[0], model(crops)[1])


@pytest.mark.parametrize(("height", "width"), [(4, 4), (5, 7), (1, 1), (2, 3)])
def test_quarters_are_means_over_each_quarter_and_the_middle_line_counts_on_both_sides(height, width):
    maps = torch.rand(2, 3, height, width)
    torch.testing.assert_close(_quarters(maps), torch.nn.functional.adaptive_avg_pool2d(maps, 2))


def test_features_tell_where_in_a_crop_something_is():
    torch.manual_seed(0)
    backbone = MiddleLayers().eval()
    crop = torch.zeros(1, 3, 64, 64)
    crop[..., :32, :] = 1
    with torch.no_grad():
        upright, turned = backbone(crop), backbone(crop.flip(2))
    assert upright.shape == (1, MiddleLayers.FEATURES) and not torch.allclose(upright, turned)
