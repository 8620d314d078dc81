"""Label Studio's JSON: a task for each image, with the labeling config that its results belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labeling.formats.records import Bundle, Output, Predicted, Record, beside
from vision.geometry import to_percent

OBJECT = "image"
CONTROLS = {"classification": "state", "detection": "boxes"}


def config(categories: Sequence[str], kind: str = "classification") -> Any:
    """Label Studio's own object for one choice of these, or for boxes of them. Raises what it raises when it finds its config wrong."""
    from label_studio_sdk.label_interface import LabelInterface
    from label_studio_sdk.label_interface.create import choices, labels

    names = list(categories)
    control = labels(names, "RectangleLabels") if kind == "detection" else choices(names, choice="single")
    tags = {OBJECT: "Image", CONTROLS[kind]: control}
    interface = LabelInterface(LabelInterface.create(tags))
    interface.validate()
    return interface


class TasksExport:
    """`tasks.json` and `config.xml`, with `images/` where pictures are wanted; else tasks point at our addresses."""

    labeled_only, reads = False, frozenset({"predictions"})

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._interface = config(output.categories, output.kind)
        self._file = beside(output.path)
        self._file.write(b"[")
        self._first = True

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        image = self._output.address.format(id=record.id)
        if self._output.pictures:
            if (data := self._output.picture(record)) is None:
                return
            image = self._bundle.name("images", record)
            self._bundle.add_picture(image, data)
        task = _task(record, image)
        # Its checks cost more than the export: boxes have been checked when they came, by stricter ones.
        for found in [] if self._output.kind == "detection" else [*task["annotations"], *task["predictions"]]:
            if wrong := self._interface.validate_prediction(
                {"model_version": "", **found}, return_errors=True
            ):
                raise ValueError(f"Label Studio would refuse task {record.id}: {wrong[0]}")
        text = json.dumps(task, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        self._file.write(b"\n" if self._first else b",\n")
        self._file.write(text.encode())
        self._first = False

    def close(self) -> None:
        with self._file as file:
            file.write(b"\n]\n")
            self._bundle.add_text("tasks.json", file)
        with beside(self._output.path) as file:
            file.write(self._interface.config.encode())
            self._bundle.add_text("config.xml", file)
        self._bundle.close()


def _task(record: Record, image: str) -> dict[str, Any]:
    about = {
        "sha256": record.sha256, "name": record.name, "split": record.split, "group": record.group,
        "source_url": record.source_url, "video_time": record.video_time, "attributes": record.attributes,
    }  # fmt: skip
    return {
        "id": record.id,
        "data": {OBJECT: image, **{name: said for name, said in about.items() if said not in ("", None, {})}},
        "annotations": list(_annotations(record)),
        "predictions": [_prediction(record, record.predicted)] if record.predicted else [],
    }


def _annotations(record: Record) -> Iterator[dict[str, Any]]:
    """Without `completed_by`: the people of one Label Studio are not those of another."""
    for label in record.labels:
        yield {
            "unique_id": label.uuid, "was_cancelled": False, "ground_truth": False, "created_at": label.created.isoformat(),
            "lead_time": None if label.lead_time_ms is None else label.lead_time_ms / 1000,
            "result": _results(record, label.uuid, label.result),
        }  # fmt: skip
    if not record.labels and record.status == "skipped":
        yield {"was_cancelled": True, "ground_truth": False, "result": []}


def _prediction(record: Record, predicted: Predicted) -> dict[str, Any]:
    return {
        "model_version": predicted.version, "score": predicted.score,
        "result": _results(record, f"p{record.id}", predicted.result),
    }  # fmt: skip


def _results(record: Record, region: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "boxes" in said:
        return [_rectangle(record, box) for box in said["boxes"]]
    return [{
        "id": region, "from_name": CONTROLS["classification"], "to_name": OBJECT, "type": "choices",
        "value": {"choices": [said["category"]]},
    }]  # fmt: skip


def _rectangle(record: Record, box: Mapping[str, Any]) -> dict[str, Any]:
    x, y, width, height = to_percent(box["bbox"], record.width, record.height)
    return {
        "id": box["id"], "from_name": CONTROLS["detection"], "to_name": OBJECT, "type": "rectanglelabels",
        "original_width": record.width, "original_height": record.height, "image_rotation": 0,
        "value": {"x": x, "y": y, "width": width, "height": height, "rotation": 0, "rectanglelabels": [box["category"]]},
        **({"score": box["score"]} if "score" in box else {}),
    }  # fmt: skip
