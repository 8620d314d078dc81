"""What every model of the registry keeps to: tiny data, a CPU, no downloads."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision import registry
from vision.base import WEIGHTS, BrokenCheckpoint, Checkpoint, Predictor, Sample, Stopped
from vision.embedding import SIZE
from vision.results import result_from_json

CATEGORIES = ["engaged", "non-engaged", "animated"]
TINY = {
    "majority": {},
    "two_stage": {"crop": "image", "backbone": "scratch", "epochs": 3, "image_size": 32, "batch_size": 4},
    "yolo": {"epochs": 3, "image_size": 64, "batch_size": 4},
    "unet_matting": {
        "encoder": "scratch",
        "epochs": 3,
        "image_size": 32,
        "batch_size": 4,
        "depth": 2,
        "width": 4,
    },
    **{
        model: {
            "epochs": 3,
            "steps": 2,
            "image_size": 32,
            "load_size": 48,
            "filters": 4,
            "rival_filters": 4,
            "patch": 2,
        }
        for model in ("pix2pix", "cyclegan")
    },
    "stylegan2": {
        "epochs": 3,
        "steps": 2,
        "image_size": 16,
        "load_size": 24,
        "batch_size": 2,
        "channels": 8,
        "style_size": 8,
    },
}
STOPS = {"yolo": 8}  # calls of `should_stop` after which a run has saved a state and is not over
OPTIONS = {"entities": [], "box_score": 0.001}


@pytest.fixture(autouse=True)
def few_are_measured(monkeypatch):
    """Features of 64 pictures take a second each time."""
    monkeypatch.setattr("vision.models.stylegan2.trainer.MEASURED", 4)


def tiny(model, **changes):
    return registry.parse_config(model, {**TINY[model], **changes})


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder, random, rows = tmp_path_factory.mktemp("images"), np.random.default_rng(0), []
    for number in range(18):
        pixels = random.integers(0, 80, (40, 60, 3), np.uint8)
        pixels[..., number % 3] += 150  # a category has a colour
        path, name = folder / f"{number}.png", CATEGORIES[number % 3]
        Image.fromarray(pixels).save(path)
        boxes = () if number == 7 else ((name, (5.0, 4.0, 40.5, 30.0)),)  # one shows nothing
        levels = np.zeros((40, 60), np.uint8)
        levels[10:30, 15:45], levels[12:28, 18:42] = 128, 255
        Image.fromarray(levels).save(alpha := folder / f"{number}-alpha.png")
        split = "val" if number > 11 else "train"
        rows.append(Sample(path, name, split, str(number), str(number), boxes, alpha))
    return rows


def fit(model, samples, out, config=None, stop=lambda: False, seen=None):
    if model in registry.GENERATORS:  # renders and photographs, in the place of categories
        samples = [
            replace(sample, category=("source", "target")[number % 2])
            if sample.category in CATEGORIES
            else sample
            for number, sample in enumerate(samples)
        ]
    return registry.trainer_class(model)().fit(
        samples, Path(out), config or tiny(model), categories=CATEGORIES,
        on_progress=(seen if seen is not None else []).append, should_stop=stop,
    )  # fmt: skip


@pytest.fixture(params=[name for name, entry in registry.MODELS.items() if entry.trainer])
def model(request):
    return request.param


def test_fit_load_and_predict(model, samples, tmp_path):
    seen = []
    checkpoint = fit(model, samples, tmp_path, seen=seen)
    assert seen[-1].epoch == seen[-1].epochs and all(np.isfinite(v) for v in seen[-1].metrics.values())
    predictor = registry.predictor_class(model).load(checkpoint.path, options=OPTIONS)
    assert isinstance(predictor, Predictor)
    images = [np.asarray(Image.open(sample.path)) for sample in samples[:5]] + [
        np.zeros((7, 300, 3), np.uint8)
    ]
    before = [image.copy() for image in images]
    results = predictor.predict(images)
    assert len(results) == len(images) and predictor.predict([]) == []
    for image, copy in zip(images, before, strict=True):
        np.testing.assert_array_equal(image, copy)
    for image, result in zip(images, results, strict=True):
        stored = result
        if result.kind == "matting":
            matte_is_sound(result, image)
            stored = replace(result, sha256="0" * 64)
        if result.kind == "synthesis":
            picture_is_sound(result, image, registry.entry(model).translates)
            stored = replace(result, sha256="0" * 64)
        row = json.loads(json.dumps(stored.to_json(), allow_nan=False))
        again = result_from_json(registry.entry(model).kind, row)
        assert result.embedding is None or len(result.embedding) == SIZE
        assert 0 <= result.uncertainty <= 1
        {"classification": scores_are_sound, "detection": boxes_are_sound}.get(again.kind, lambda _: None)(
            again
        )
    if again.kind == "detection":
        assert any(result.boxes for result in results)
        for image, result in zip(images, results, strict=True):
            assert all(
                box.bbox[2] <= image.shape[1] and box.bbox[3] <= image.shape[0] for box in result.boxes
            )


def scores_are_sound(result):
    assert result.category in CATEGORIES and set(result.scores) == set(CATEGORIES)
    assert sum(result.scores.values()) == pytest.approx(1, abs=1e-3)
    assert result.score == max(result.scores.values())


def boxes_are_sound(result):
    assert len(result.boxes) <= 300
    scores = [box.score for box in result.boxes]
    assert scores == sorted(scores, reverse=True) and all(box.category in CATEGORIES for box in result.boxes)
    assert all(x2 - x1 >= 1 and y2 - y1 >= 1 for x1, y1, x2, y2 in (box.bbox for box in result.boxes))
    assert all(box.margin is not None and box.margin <= box.score for box in result.boxes)


def matte_is_sound(result, image):
    assert result.alpha.dtype == np.float32 and result.alpha.shape == image.shape[:2]
    assert result.alpha.min() >= 0 and result.alpha.max() <= 1


def picture_is_sound(result, image, translates):
    assert result.image.dtype == np.uint8 and result.image.shape[2] == 3
    assert not translates or result.image.shape == image.shape


def test_a_batch_gives_what_single_images_give(model, samples, tmp_path):
    predictor = registry.predictor_class(model).load(fit(model, samples, tmp_path).path, options=OPTIONS)
    images = [np.asarray(Image.open(sample.path)) for sample in samples[:4]]
    for together, alone in zip(
        predictor.predict(images), [predictor.predict([i])[0] for i in images], strict=True
    ):
        if together.kind == "classification":
            assert together.scores == pytest.approx(alone.scores, abs=1e-5)
            continue
        if together.kind == "synthesis":
            assert np.abs(together.image.astype(int) - alone.image).max() <= 1
            continue
        if together.kind == "matting":
            np.testing.assert_allclose(together.alpha, alone.alpha, atol=1e-4)
            continue
        assert [box.category for box in together.boxes] == [box.category for box in alone.boxes]
        for one, other in zip(together.boxes, alone.boxes, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert one.bbox == pytest.approx(other.bbox, abs=0.01)


def test_the_same_seed_gives_the_same_model_and_a_resumed_run_too(model, samples, tmp_path):
    whole = fit(model, samples, tmp_path / "whole")
    assert fit(model, samples, tmp_path / "twin").sha256 == whole.sha256
    calls = iter(range(1000))
    try:
        fit(model, samples, tmp_path / "broken", stop=lambda: next(calls) >= STOPS.get(model, 24))
    except Stopped:
        assert model != "majority"
    assert fit(model, samples, tmp_path / "broken").sha256 == whole.sha256


def test_stopping_leaves_no_finished_model(model, samples, tmp_path):
    with pytest.raises(Stopped):
        fit(model, samples, tmp_path, stop=lambda: True)
    assert not (tmp_path / "final" / "config.json").exists()


def test_trainers_look_at_no_other_split(model, samples, tmp_path):
    other = {"category": "no such category", "boxes": (("none", (0, 0, 1, 1)),), "alpha": Path("none.png")}
    leaked = [replace(sample, split="test", **other) for sample in samples]
    assert fit(model, samples, tmp_path / "a").path.exists()
    assert fit(model, [*samples, *leaked], tmp_path / "b").path.exists()


def test_a_checkpoint_holds_no_pickle_and_describes_itself(model, samples, tmp_path):
    checkpoint = fit(model, samples, tmp_path)
    assert {file.suffix for file in checkpoint.path.iterdir()} <= {".json", ".safetensors"}
    assert checkpoint.config["model"] == model and checkpoint.config["categories"] == CATEGORIES
    assert registry.parse_config(model, checkpoint.config["config"]) == tiny(model)


@pytest.mark.parametrize("damage", ["config", "weights", "pickle"])
def test_a_damaged_checkpoint_is_refused(model, samples, tmp_path, damage):
    path = fit(model, samples, tmp_path).path
    if damage == "config":
        (path / "config.json").write_text("[]")
    elif not (path / WEIGHTS).exists():
        pytest.skip("this model has no weights beside its config")
    elif damage == "weights":
        (path / WEIGHTS).write_bytes((path / WEIGHTS).read_bytes()[:200])
    else:
        import pickle

        (path / WEIGHTS).write_bytes(pickle.dumps({"head.weight": [1.0]}))
    with pytest.raises(BrokenCheckpoint):
        registry.predictor_class(model).load(path, options=OPTIONS)


def test_the_hash_of_a_checkpoint_changes_with_any_of_its_files(model, samples, tmp_path):
    checkpoint = fit(model, samples, tmp_path)
    (checkpoint.path / "config.json").write_text((checkpoint.path / "config.json").read_text() + " ")
    assert Checkpoint.at(checkpoint.path).sha256 != checkpoint.sha256


@pytest.mark.parametrize("model", registry.MODELS)
def test_parameters_are_described_and_checked(model):
    for field in registry.config_fields(model):
        assert field["help"] and field["type"] in ("integer", "number", "string", "boolean")
        bad = {
            "string": "nonsense" if field["choices"] else "\0",
            "boolean": 1,
            "integer": 1.5,
            "number": float("nan"),
        }[field["type"]]
        with pytest.raises(ValueError, match=field["name"]):
            registry.parse_config(model, {field["name"]: bad})
    with pytest.raises(ValueError, match="speed"):
        registry.parse_config(model, {"speed": 11})


def test_a_field_is_what_it_is_declared_as_whatever_its_default_looks_like():
    assert registry.parse_config("yolo", {"learning_rate": 0.004}).learning_rate == 0.004
    types = {field["name"]: field["type"] for field in registry.config_fields("yolo")}
    assert types["learning_rate"] == "number" and types["epochs"] == "integer"


@pytest.mark.parametrize("name", registry.MODELS)
def test_what_goes_by_attributes_says_so_in_the_registry(name):
    by_attributes = hasattr(registry.predictor_class(name), "predict_attributes")
    assert by_attributes == registry.entry(name).by_attributes


def test_a_model_without_a_trainer_is_not_trained():
    with pytest.raises(ValueError, match="rule is not trained"):
        registry.trainer_class("rule")


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="no model"):
        registry.parse_config("../../etc/passwd", {})
