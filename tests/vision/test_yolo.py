"""Detectors that the settings may name: what each family's outputs say is read as that family means it."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.photographs import photograph
from vision.coco import COCO_NAMES
from vision.detector import open_detector
from vision.weights import MissingWeights
from vision.yolo import Yolo

DOG, PHONE = COCO_NAMES.index("dog"), COCO_NAMES.index("cell phone")


def constant(output: np.ndarray, size: int) -> bytes:
    """A model that answers the same to every image. A double: no package ships weights of YOLOX."""
    graph = helper.make_graph(
        [
            helper.make_node(
                "Constant", [], ["boxes"], value=numpy_helper.from_array(output.astype(np.float32))
            )
        ],
        "double",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, size, size])],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, list(output.shape))],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()


def opened(model: bytes) -> Yolo:
    return Yolo(onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]))


def test_yolox_cells_are_decoded_by_their_stride_into_the_images_pixels():
    output = np.zeros((1, 13 * 13 * (16 + 4 + 1), 85))  # 416 pixels: 52², 26² and 13² cells
    assert output.shape[1] == 52**2 + 26**2 + 13**2
    row = 52**2 + 26**2 + 6 * 13 + 4  # stride 32, row 6, column 4
    output[0, row, :5] = [0.5, 0.25, np.log(2), np.log(1), 0.9]
    output[0, row, 5 + DOG] = 0.8
    (entities,) = opened(constant(output, 416)).detect([np.zeros((208, 416, 3), np.uint8)])
    (entity,) = entities
    assert entity.name == "dog" and entity.score == pytest.approx(0.72, abs=1e-4)
    # The middle is (4.5, 6.25) · 32 in the square, whose upper 104 rows are empty.
    assert entity.bbox == pytest.approx((144 - 32, 200 - 104 - 16, 144 + 32, 200 - 104 + 16), abs=0.01)


def test_boxes_of_one_class_compete_and_those_of_two_do_not():
    output = np.zeros((1, 84, 3))
    output[0, :4] = np.array([[100, 100, 50, 50], [102, 100, 50, 50], [100, 100, 50, 50]]).T
    output[0, 4 + DOG, :2], output[0, 4 + PHONE, 2] = [0.6, 0.9], 0.5
    (entities,) = opened(constant(output, 320)).detect([np.zeros((320, 320, 3), np.uint8)])
    assert [(entity.name, round(entity.score, 2)) for entity in entities] == [
        ("dog", 0.9),
        ("cell phone", 0.5),
    ]


@pytest.fixture(scope="module")
def exported(tmp_path_factory, monkeypatch_module):
    """An Ultralytics detector of random weights, as the library exports it."""
    folder = tmp_path_factory.mktemp("ultralytics")
    monkeypatch_module.chdir(folder)
    import torch

    import vision.models.yolo.library  # noqa: F401 (first, for it keeps Ultralytics quiet)

    from ultralytics import YOLO  # isort: skip

    torch.manual_seed(0)
    return YOLO("yolo11n.yaml").export(format="onnx", imgsz=320, dynamic=False, simplify=False, verbose=False)


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_an_ultralytics_export_says_what_the_library_reads_in_it(exported):
    from ultralytics import YOLO

    image = photograph("zidane.jpg")[:640, :640]
    mine = opened(open(exported, "rb").read()).detect([image], threshold=0.0001)[0]
    theirs = YOLO(exported, task="detect").predict(
        image[..., ::-1].copy(), imgsz=320, conf=0.0001, iou=Yolo.OVERLAP, max_det=30_000, verbose=False
    )[0].boxes  # fmt: skip
    assert len(theirs) > 0
    best = theirs[theirs.conf.argmax()]
    found = max(mine, key=lambda entity: entity.score)
    assert found.score == pytest.approx(float(best.conf), abs=2e-3)
    assert found.bbox == pytest.approx(best.xyxy[0].tolist(), abs=2)


def test_the_settings_may_name_one(exported, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_DETECTOR", str(exported))
    detector = open_detector()
    assert isinstance(detector, Yolo) and not detector.is_yolox


@pytest.mark.parametrize("shape", [(1, 30, 7), (1, 100), (1, 300, 6)])
def test_what_is_no_detector_of_these_classes_is_refused_by_name(shape, tmp_path, monkeypatch):
    file = tmp_path / "other.onnx"
    file.write_bytes(constant(np.zeros(shape), 320))
    monkeypatch.setenv("FRAMELOOP_DETECTOR", str(file))
    with pytest.raises(MissingWeights, match="is no detector of COCO"):
        open_detector()
    file.write_text("no model")
    with pytest.raises(MissingWeights, match="is no detector of COCO"):
        open_detector()
