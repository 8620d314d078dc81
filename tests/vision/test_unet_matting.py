"""The U-Net: it learns mattes, serves the same whatever runs it, and shows how it gets on."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.vision.test_packaged_segmenter import network
from vision import registry
from vision.base import CONFIG, WEIGHTS, Sample, Stopped
from vision.mattes import to_levels
from vision.matting_metrics import matting_scores
from vision.models.unet_matting.augment import STRENGTHS, augment, composed
from vision.models.unet_matting.losses import loss
from vision.models.unet_matting.network import Unet
from vision.models.unet_matting.predictor import corrected
from vision.weights import MissingWeights

SMALL = {
    "encoder": "scratch", "image_size": 64, "depth": 3, "width": 8, "normalization": "group", "batch_size": 4, "epochs": 10,
    "patience": 100, "learning_rate": 0.01,
}  # fmt: skip


def scene(seed, size=(90, 70)):
    """A warm, soft-edged blob before a cold ground: pixels, and its alpha in levels."""
    random = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - random.uniform(0.35, 0.65) * width, y - random.uniform(0.35, 0.65) * height)
    alpha = np.clip((random.uniform(14, 24) - away) / 6 + 0.5, 0, 1)[..., None]
    front, back = np.array([210, random.integers(60, 120), 40]), np.array([40, random.integers(60, 120), 190])
    colours = alpha * front + (1 - alpha) * back + random.normal(0, 8, (height, width, 3))
    return np.clip(colours, 0, 255).astype(np.uint8), np.rint(alpha[..., 0] * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("mattes"), []
    for number in range(40):
        pixels, levels = scene(number)
        paths = folder / f"{number:02}", folder / f"{number:02}-alpha"  # as in storage: without an ending
        for array, path in zip((pixels, levels), paths, strict=True):
            Image.fromarray(array).save(path, "PNG")
        split = "train" if number < 24 else "val" if number < 30 else "test"
        rows.append(Sample(paths[0], "", split, "", str(number), (), paths[1]))
    return rows


def fit(samples, out, stop=lambda: False, seen=None, **changes):
    config = registry.parse_config("unet_matting", {**SMALL, **changes})
    return registry.trainer_class("unet_matting")().fit(
        samples, out, config, categories=["matte"], on_progress=(seen if seen is not None else []).append, should_stop=stop,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(samples, tmp_path_factory):
    seen = []
    checkpoint = fit(samples, tmp_path_factory.mktemp("out"), seen=seen)
    return checkpoint, seen


def load(checkpoint):
    return registry.predictor_class("unet_matting").load(checkpoint.path)


def held_out(samples):
    kept = [sample for sample in samples if sample.split == "test"]
    return [[np.asarray(Image.open(path)) for path in (s.path, s.alpha)] for s in kept]


def error(predictor, pairs):
    found = predictor.predict([image for image, _ in pairs])
    scores = [
        matting_scores(to_levels(matte.alpha), truth) for matte, (_, truth) in zip(found, pairs, strict=True)
    ]
    return float(np.mean([values["mse"] for values in scores]))


@pytest.fixture
def prior(tmp_path, monkeypatch):
    """A packaged network whose alpha is the picture's red: nearly right, with these scenes' noise."""
    path = network(tmp_path / "own.onnx", ["n", 3, 32, 32], ["n", 1, 32, 32])
    monkeypatch.setenv("FRAMELOOP_MATTING", str(path))


def test_with_a_prior_it_begins_with_what_that_says_and_mends_it(samples, tmp_path, prior):
    pairs, few = held_out(samples), [*samples[:8], *samples[24:28]]
    (tmp_path / CONFIG).write_text(json.dumps({"config": {"weights": "named"}}))
    before = error(registry.predictor_class("segmenter").load(tmp_path), pairs)
    begun = fit(few, tmp_path / "begun", epochs=1, learning_rate=1e-6, refinement="none", prior="named")
    assert error(load(begun), pairs) == pytest.approx(before, rel=0.2)
    learned = fit(few, tmp_path / "learned", prior="named")
    assert error(load(learned), pairs) < before / 2


def test_a_prior_that_is_not_here_is_said(samples, tmp_path, monkeypatch):
    monkeypatch.delenv("FRAMELOOP_MATTING", raising=False)
    with pytest.raises(MissingWeights, match="FRAMELOOP_MATTING"):
        fit(samples, tmp_path, prior="named")
    with pytest.raises(ValueError, match="prior: what a segmenter says"):
        registry.parse_config("unet_matting", {"prior": "isnet", "foreground": True, "mse": 1.0})


def test_it_learns_the_mattes_of_what_it_has_never_seen(samples, trained):
    pairs = held_out(samples)
    empty = np.mean([matting_scores(None, truth)["mse"] for _, truth in pairs])
    assert error(load(trained[0]), pairs) < empty / 5


def test_progress_says_how_far_off_the_validation_images_are_and_shows_them(trained, samples):
    _, seen = trained
    assert [progress.epoch for progress in seen] == list(range(1, SMALL["epochs"] + 1))
    assert all({"loss", "val_sad", "val_mse"} <= set(progress.metrics) for progress in seen)
    assert seen[-1].metrics["val_mse"] < seen[0].metrics["val_mse"] / 2
    shown = [sample.id for sample in samples if sample.split == "val"][:4]
    for progress in (seen[0], seen[-1]):
        assert list(progress.pictures) == shown
        for path in progress.pictures.values():
            with Image.open(path) as picture:
                assert picture.format == "PNG" and picture.mode == "L" and picture.size == (90, 70)
    early, late = (
        np.asarray(Image.open(progress.pictures[shown[0]]), float) for progress in (seen[0], seen[-1])
    )
    truth = np.asarray(Image.open(next(s.alpha for s in samples if s.id == shown[0])), float)
    assert np.abs(late - truth).mean() < np.abs(early - truth).mean()


def test_pictures_are_small_whatever_the_images(samples, tmp_path):
    pixels, levels = scene(0, (900, 300))
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    Image.fromarray(levels).save(tmp_path / "alpha.png")
    wide = Sample(tmp_path / "wide.png", "", "val", "", "wide", (), tmp_path / "alpha.png")
    seen = []
    fit([*samples[:8], wide], tmp_path / "out", seen=seen, epochs=1)
    with Image.open(seen[0].pictures["wide"]) as picture:
        assert picture.size == (256, 85)


@pytest.mark.parametrize(
    "changes",
    [{}, {"normalization": "batch"}, {"normalization": "instance"}, {"foreground": True, "mse": 1.0},
     {"encoder": "efficientnet_lite0"}, {"prior": "named"}],
)  # fmt: skip
def test_whatever_runs_the_network_says_the_same(samples, tmp_path, monkeypatch, prior, changes):
    checkpoint = fit(samples, tmp_path, epochs=1, refinement="none", **changes)
    images = [image for image, _ in held_out(samples)][:3]
    monkeypatch.setenv("FRAMELOOP_RUNTIME", "torch")
    expected = load(checkpoint).predict(images)
    for runtime in ("onnx", "openvino"):
        monkeypatch.setenv("FRAMELOOP_RUNTIME", runtime)
        for one, other in zip(expected, load(checkpoint).predict(images), strict=True):
            assert np.abs(one.alpha - other.alpha).max() <= 1 / 255
            assert one.embedding is not None and other.embedding is not None


def test_half_precision_changes_little(samples, trained, monkeypatch):
    pairs = held_out(samples)
    exact = error(load(trained[0]), pairs)
    monkeypatch.setenv("FRAMELOOP_RUNTIME", "openvino-bf16")
    assert error(load(trained[0]), pairs) == pytest.approx(exact, rel=0.2, abs=0.5)


def test_an_unknown_runtime_is_refused(trained, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_RUNTIME", "abacus")
    with pytest.raises(ValueError, match="FRAMELOOP_RUNTIME"):
        load(trained[0])


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (33, 90), (1500, 800)])
def test_images_of_any_size_have_a_matte_of_theirs(trained, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    (matte,) = load(trained[0]).predict([image])
    assert matte.alpha.shape == size and matte.alpha.dtype == np.float32
    assert matte.alpha.min() >= 0 and matte.alpha.max() <= 1


def test_a_matte_follows_the_edges_of_a_large_image(samples, trained, tmp_path):
    """The network sees 64 pixels a side; the guided filter brings back what lies between."""
    pixels, levels = scene(35, (720, 560))
    plain = replace(load(trained[0]).config, refinement="none")
    guided, rough = load(trained[0]), load(trained[0])
    rough.config = plain
    assert error(guided, [(pixels, levels)]) < error(rough, [(pixels, levels)])


@pytest.mark.parametrize(
    "changes",
    [{"l1": 0.0, "laplacian": 0.0, "composition": 0.0, "mse": 1.0, "backgrounds": 0.0},
     {"foreground": True, "l1": 0.0, "laplacian": 0.0, "composition": 0.0, "mse": 1.0, "backgrounds": 0.0, "refinement": "none"},
     {"normalization": "batch"}, {"normalization": "instance", "batch_size": 1, "epochs": 4}, {"augmentation": "strong", "backgrounds": 1.0}],
)  # fmt: skip
def test_every_way_to_train_learns(samples, tmp_path, changes):
    seen = []
    fit(samples, tmp_path, seen=seen, **changes)
    assert min(progress.metrics["val_mse"] for progress in seen[1:]) < seen[0].metrics["val_mse"]
    assert seen[-1].metrics["loss"] < seen[0].metrics["loss"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"augmentation": "none", "backgrounds": 0.0, "composition": 0.0},
        {"encoder": "efficientnet_lite0"},
        {"prior": "named"},
    ],
)
def test_a_run_that_was_interrupted_comes_to_the_same(samples, tmp_path, prior, changes):
    some = [*samples[:12], *samples[24:28]]  # 12 to train on, and 4 to validate
    whole = fit(some, tmp_path / "whole", epochs=3, **changes)
    for calls in (16 + 5 + 2, 5 + 2):  # in the second epoch of the one, in the second of the other
        counted = itertools.count()
        with pytest.raises(Stopped):
            fit(
                some, tmp_path / "broken", epochs=3, stop=lambda at=calls, n=counted: next(n) >= at, **changes
            )
    assert fit(some, tmp_path / "broken", epochs=3, **changes).sha256 == whole.sha256


def test_another_seed_gives_another_model(samples, tmp_path):
    first, second = (fit(samples, tmp_path / str(seed), epochs=1, seed=seed) for seed in (0, 1))
    assert (first.path / WEIGHTS).read_bytes() != (second.path / WEIGHTS).read_bytes()


def test_it_stops_when_validation_gets_no_better(samples, tmp_path):
    seen = []
    fit(samples, tmp_path, seen=seen, epochs=80, patience=1, learning_rate=0.1)
    assert seen[-1].epoch < 80 and seen[-1].epochs == seen[-1].epoch


def test_images_that_cannot_be_learned_from_are_left_out(samples, tmp_path):
    (tmp_path / "broken").write_bytes(b"no picture")
    others = [
        replace(samples[0], path=tmp_path / "broken", id="a"), replace(samples[1], alpha=tmp_path / "broken", id="b"),
        replace(samples[2], alpha=None, id="c"),
    ]  # fmt: skip
    Image.new("L", (3, 3)).save(tmp_path / "small.png")
    others.append(replace(samples[3], alpha=tmp_path / "small.png", id="d"))
    checkpoint = fit([*others, *samples], tmp_path / "out", epochs=1)
    assert checkpoint.config["images"] == {"train": 24, "val": 6, "left_out": 4}
    with pytest.raises(ValueError, match="None of the training images has a matte"):
        fit(others, tmp_path / "none", epochs=1)


def test_without_validation_images_the_last_epoch_counts(samples, tmp_path):
    seen = []
    checkpoint = fit([s for s in samples if s.split == "train"], tmp_path, seen=seen, epochs=2)
    assert checkpoint.config["best_epoch"] == 2 and set(seen[0].metrics) == {"loss"} and not seen[0].pictures


def test_a_learning_rate_that_is_too_high_is_said_in_words(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "vision.models.unet_matting.trainer.loss",
        lambda *args: torch.tensor(float("nan"), requires_grad=True),
    )
    with pytest.raises(ValueError, match="use a lower learning rate"):
        fit(samples, tmp_path, epochs=1)


def test_a_choice_that_teaches_nothing_is_refused():
    with pytest.raises(ValueError, match="l1: at least one"):
        registry.parse_config("unet_matting", {"l1": 0, "laplacian": 0, "composition": 0})
    with pytest.raises(ValueError, match="mse: colours"):
        registry.parse_config("unet_matting", {"foreground": True})


@pytest.mark.parametrize(
    ("image_size", "depth", "encoder", "side"),
    [
        (256, 4, "scratch", 256),
        (250, 4, "scratch", 256),
        (32, 6, "scratch", 128),
        (33, 2, "scratch", 32),
        (40, 2, "efficientnet_lite0", 64),
    ],
)
def test_the_networks_side_fits_its_depth(image_size, depth, encoder, side):
    config = registry.parse_config(
        "unet_matting", {"image_size": image_size, "depth": depth, "encoder": encoder}
    )
    assert config.side == side


# --- augmentation and losses -------------------------------------------------------------------------------------
def squares(count=6, side=32, seed=0):
    random = np.random.default_rng(seed)
    batch = random.integers(0, 256, (count, 10, side, side), np.uint8)
    batch[:, 3] = 255 * (np.hypot(*(np.mgrid[:side, :side] - side / 2)) < side / 4)
    return torch.from_numpy(batch)


def test_a_new_background_leaves_the_foreground_as_it_is():
    batch, others = squares(), squares(seed=1)
    made = composed(batch, others, 1.0, torch.Generator().manual_seed(0))
    front, behind = made[:, 3:4].expand(-1, 3, -1, -1) == 1, made[:, 3:4].expand(-1, 3, -1, -1) == 0
    assert torch.equal(made[:, :3][front], batch[:, 4:7].float()[front])
    assert not torch.equal(made[:, :3][behind], batch[:, :3].float()[behind])
    same = composed(batch, others, 0.0, torch.Generator().manual_seed(0))
    assert torch.equal(same[:, :3], batch[:, :3].float())


@pytest.mark.parametrize("strength", ["none", *STRENGTHS])
def test_colours_and_alpha_are_moved_together_and_stay_in_range(strength):
    """Where colours are drawn from alpha itself, they still are after whatever was done to both."""
    alpha = squares()[:, 3:4].float() / 255
    batch = torch.cat([alpha.expand(-1, 3, -1, -1) * 255, alpha, torch.ones_like(alpha)], 1)
    moved = augment(batch, strength, torch.Generator().manual_seed(3))
    assert moved.shape == batch.shape and moved[:, :3].min() >= 0 and moved[:, :3].max() <= 255
    assert moved[:, 3].min() >= 0 and moved[:, 3].max() <= 1
    for colours, levels in zip(moved[:, :3].mean(1), moved[:, 3], strict=True):
        assert np.corrcoef(colours.ravel(), levels.ravel())[0, 1] > 0.98
    again = augment(batch, strength, torch.Generator().manual_seed(3))
    assert torch.equal(moved, again)


@pytest.mark.parametrize("name", ["l1", "laplacian", "composition", "mse"])
def test_each_loss_is_nothing_for_what_is_right_and_less_for_what_is_nearer(name):
    weights = {"l1": 0.0, "laplacian": 0.0, "composition": 0.0, "mse": 0.0, name: 2.0}
    config = registry.parse_config("unet_matting", {**weights, "encoder": "scratch", "depth": 2, "width": 4})
    network = Unet(config)
    truth = torch.linspace(0.1, 0.9, 32).view(1, 1, 1, 32).expand(2, 1, 32, 32)
    apart = torch.full_like(truth, 0.5)
    batch = torch.cat([torch.zeros(2, 3, 32, 32), truth, apart], 1)
    noise = torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    values = [float(loss(network, torch.logit(truth) + by * noise, batch, config)) for by in (0, 0.1, 1)]
    assert values[0] == pytest.approx(0, abs=1e-6) and values[0] < values[1] < values[2]


def test_losses_by_hand():
    truth = torch.zeros(1, 1, 8, 8)
    batch = torch.cat([torch.zeros(1, 3, 8, 8), truth, torch.full_like(truth, 0.25)], 1)
    said = torch.zeros(1, 1, 8, 8)  # alpha 0.5 everywhere
    for name, expected in (("l1", 0.5), ("mse", 0.25), ("composition", 0.125), ("laplacian", 0.0)):
        weights = {"l1": 0.0, "laplacian": 0.0, "composition": 0.0, "mse": 0.0, name: 1.0}
        config = registry.parse_config(
            "unet_matting", {**weights, "encoder": "scratch", "depth": 2, "width": 4}
        )
        assert float(loss(Unet(config), said, batch, config)) == pytest.approx(expected, abs=1e-6)


def test_what_a_network_changes_is_changed_in_the_prior_s_own_size():
    fine = np.zeros((64, 64), np.float32)
    fine[:, ::2] = 1  # stripes that a network of 8 × 8 pixels cannot see
    prior = np.full((8, 8), 0.5, np.float32)
    np.testing.assert_allclose(corrected(fine, prior, prior), fine, atol=1e-5)
    alpha = prior.copy()
    alpha[:, :4] = 0  # surely background on the left
    found = corrected(fine, prior, alpha)
    assert found[:, :24].max() < 0.5 and (found[:, 40::2] == 1).all() and found.dtype == np.float32
