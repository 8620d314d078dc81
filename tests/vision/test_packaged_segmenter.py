"""Packaged mattes as a model of its config alone: what a file expects is told by its shapes, and what is missing is said."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.photographs import photograph
from vision import registry, weights
from vision.base import CONFIG, BrokenCheckpoint
from vision.weights import MissingWeights


def network(path, shape, said, channels=1, doubled=False):
    """An ONNX graph whose alpha is the red that it is given."""
    planes = shape[1] == 3
    axis = 1 if planes else 3
    names = [helper.make_node("Split", ["picture"], ["red", "green", "blue"], axis=axis)]
    names.append(
        helper.make_node("Concat", ["blue", "red"], ["alpha"], axis=axis)
        if channels == 2
        else helper.make_node("Add", ["red", "nothing"], ["alpha"])
    )
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)]
    if doubled:
        inputs.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    graph = helper.make_graph(
        names, "red", inputs, [helper.make_tensor_value_info("alpha", TensorProto.FLOAT, said)],
        [numpy_helper.from_array(np.zeros(1, np.float32), "nothing")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


def load(folder, **config):
    (folder / CONFIG).write_text(json.dumps({"model": "segmenter", "categories": [], "config": config}))
    return registry.predictor_class("segmenter").load(folder)


def picture(size=(40, 60)):
    image = np.zeros((*size, 3), np.uint8)
    image[:, size[1] // 2 :, 0] = 255  # red on the right
    image[..., 1:] = 90
    return image


SHAPES = [
    (["n", 3, 32, 32], ["n", 1, 32, 32], 1), ([1, 3, 32, 48], [1, 2, 32, 48], 2), ([1, 32, 32, 3], [1, 32, 32, 1], 1),
    (["n", 3, "h", "w"], ["n", 1, "h", "w"], 1),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "said", "channels"), SHAPES)
@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_a_named_file_is_used_as_its_shapes_say(tmp_path, monkeypatch, shape, said, channels, runtime):
    monkeypatch.setenv("FRAMELOOP_MATTING", str(network(tmp_path / "own.onnx", shape, said, channels)))
    monkeypatch.setenv("FRAMELOOP_RUNTIME", runtime)
    images = [picture(), picture((33, 20))]
    predictor = load(tmp_path, weights="named")
    assert [matte.alpha.shape for matte in predictor.predict([picture((1, 2)), picture((1, 1))])] == [
        (1, 2),
        (1, 1),
    ]
    for image, matte in zip(images, predictor.predict(images), strict=True):
        assert matte.alpha.shape == image.shape[:2] and matte.alpha.dtype == np.float32
        np.testing.assert_allclose(matte.alpha[:, 0], 0, atol=1e-3)
        np.testing.assert_allclose(matte.alpha[:, -1], 1, atol=1e-3)


@pytest.mark.parametrize("colours", ["unit", "centred", "imagenet", "bytes"])
def test_colours_are_given_as_the_config_says(tmp_path, monkeypatch, colours):
    """What comes out is what was put in, cut to an alpha: grey tells the scales apart."""
    monkeypatch.setenv(
        "FRAMELOOP_MATTING", str(network(tmp_path / "own.onnx", [1, 3, 32, 32], [1, 1, 32, 32]))
    )
    grey = np.full((32, 32, 3), 153, np.uint8)
    expected = {"unit": 0.6, "centred": 0.2, "imagenet": (153 - 123.675) / 58.395, "bytes": 1}[colours]
    (matte,) = load(tmp_path, weights="named", colours=colours).predict([grey])
    assert matte.alpha.mean() == pytest.approx(expected, abs=1e-3)


def test_a_file_that_is_no_such_network_is_said_to_be_none(tmp_path, monkeypatch):
    bad = {
        "text.onnx": None, "flat.onnx": ([1, 3], [1, 1]), "grey.onnx": ([1, 4, 32, 32], [1, 1, 32, 32]),
    }  # fmt: skip
    (tmp_path / "text.onnx").write_bytes(b"no graph")
    network(tmp_path / "two.onnx", [1, 3, 32, 32], [1, 1, 32, 32], doubled=True)
    for name, shapes in {**bad, "two.onnx": None}.items():
        if shapes:
            given, said = (
                helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
                for n, s in zip("xy", shapes, strict=True)
            )
            graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", [given], [said])
            onnx.save(
                helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
                tmp_path / name,
            )
        monkeypatch.setenv("FRAMELOOP_MATTING", str(tmp_path / name))
        with pytest.raises(MissingWeights, match=r"is no network that makes an alpha"):
            load(tmp_path, weights="named")


def test_where_no_file_is_named_the_setting_is(tmp_path, monkeypatch):
    monkeypatch.delenv("FRAMELOOP_MATTING", raising=False)
    with pytest.raises(MissingWeights, match="FRAMELOOP_MATTING names no file"):
        load(tmp_path, weights="named")


def test_a_named_file_with_another_hash_is_refused(tmp_path, monkeypatch):
    path = network(tmp_path / "own.onnx", [1, 3, 32, 32], [1, 1, 32, 32])
    monkeypatch.setenv("FRAMELOOP_MATTING", str(path))
    monkeypatch.setenv("FRAMELOOP_MATTING_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    load(tmp_path, weights="named")
    monkeypatch.setenv("FRAMELOOP_MATTING_SHA256", "0" * 64)
    with pytest.raises(MissingWeights, match="SHA-256 differs"):
        load(tmp_path, weights="named")


def test_missing_weights_are_named_with_the_command_that_fetches_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path / "empty"))
    with pytest.raises(MissingWeights) as error:
        load(tmp_path)
    assert f"python -m vision.weights fetch segmenter --to {tmp_path / 'empty'}" in str(error.value)
    assert "136 MB" in str(error.value)


def test_another_file_in_the_place_of_the_fetched_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path))
    (tmp_path / weights.SEGMENTER).write_bytes(b"another one")
    with pytest.raises(MissingWeights, match="SHA-256 differs"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", '{"config": {"weights": "mine"}}', '{"config": []}'])
def test_a_damaged_checkpoint_is_refused(tmp_path, text):
    (tmp_path / CONFIG).write_text(text)
    with pytest.raises(BrokenCheckpoint):
        registry.predictor_class("segmenter").load(tmp_path)


@pytest.mark.parametrize("refinement", ["none", "guided"])
def test_the_packaged_one_finds_who_stands_in_front(tmp_path, refinement):
    try:
        weights.isnet()
    except MissingWeights as error:
        pytest.skip(str(error))
    image = photograph("astronaut.png")
    (matte,) = load(tmp_path, weights="isnet", refinement=refinement).predict([image])
    assert matte.alpha.shape == image.shape[:2]
    assert matte.alpha[90:160, 190:250].min() > 0.95  # the face
    assert matte.alpha[:40, 480:].max() < 0.05  # a corner behind
