"""Label Studio's JSON: a task for each image, with the labeling config that its results belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labeling.formats.brush import brush_encoded
from labeling.formats.records import Bundle, Output, Predicted, Record, beside
from vision.geometry import to_percent
from vision.mattes import UnreadableMatte, read_levels

OBJECT = "image"
CONTROLS = {"classification": "state", "detection": "boxes", "matting": "matte"}
TRIMAP = "trimap"  # a second control, whose strokes are trimaps, and its one label
FOREGROUND = "foreground"  # where a project of mattes has no category


def config(categories: Sequence[str], kind: str = "classification") -> Any:
    """Label Studio's own object for one choice of these, for boxes of them, or for strokes. Raises what it raises when it
    finds its config wrong."""
    from label_studio_sdk.label_interface import LabelInterface
    from label_studio_sdk.label_interface.create import choices, labels

    names = list(categories)
    tags: dict[str, Any] = {OBJECT: "Image"}
    if kind == "classification":
        tags[CONTROLS[kind]] = choices(names, choice="single")
    elif kind == "detection":
        tags[CONTROLS[kind]] = labels(names, "RectangleLabels")
    else:
        tags[CONTROLS[kind]] = labels(names or [FOREGROUND], "BrushLabels")
        tags[TRIMAP] = labels([TRIMAP], "BrushLabels")
    interface = LabelInterface(LabelInterface.create(tags))
    interface.validate()
    return interface


Strokes = Callable[[Record, str, Mapping[str, Any]], list[dict[str, Any]]]


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
        task = _task(record, image, self._strokes)
        # Its checks cost more than the export: boxes and mattes have been checked when they came, by stricter ones.
        checked = self._output.kind == "classification"
        for found in [*task["annotations"], *task["predictions"]] if checked else []:
            if wrong := self._interface.validate_prediction(
                {"model_version": "", **found}, return_errors=True
            ):
                raise ValueError(f"Label Studio would refuse task {record.id}: {wrong[0]}")
        text = json.dumps(task, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        self._file.write(b"\n" if self._first else b",\n")
        self._file.write(text.encode())
        self._first = False

    def _strokes(self, record: Record, region: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A matte and its trimap. Without the file of the matte there is neither."""
        category = next(iter(self._output.categories), FOREGROUND)
        found = []
        for name, control, label in (("alpha", CONTROLS["matting"], category), (TRIMAP, TRIMAP, TRIMAP)):
            if name in said and (data := self._output.matte(record, said[name])) is not None:
                try:
                    rle = brush_encoded(read_levels(data, (record.width, record.height)))
                except UnreadableMatte as error:
                    self._output.report(record, f"It came without its matte: {error}.")
                    return []
                found.append(_stroke(record, f"{region}-{name}", control, label, rle))
            elif name in said:
                return []
        return found

    def close(self) -> None:
        with self._file as file:
            file.write(b"\n]\n")
            self._bundle.add_text("tasks.json", file)
        with beside(self._output.path) as file:
            file.write(self._interface.config.encode())
            self._bundle.add_text("config.xml", file)
        self._bundle.close()


def _task(record: Record, image: str, strokes: Strokes) -> dict[str, Any]:
    about = {
        "sha256": record.sha256, "name": record.name, "split": record.split, "group": record.group,
        "source_url": record.source_url, "video_time": record.video_time, "attributes": record.attributes,
    }  # fmt: skip
    return {
        "id": record.id,
        "data": {OBJECT: image, **{name: said for name, said in about.items() if said not in ("", None, {})}},
        "annotations": list(_annotations(record, strokes)),
        "predictions": [_prediction(record, record.predicted, strokes)] if record.predicted else [],
    }


def _annotations(record: Record, strokes: Strokes) -> Iterator[dict[str, Any]]:
    """Without `completed_by`: the people of one Label Studio are not those of another."""
    for label in record.labels:
        yield {
            "unique_id": label.uuid, "was_cancelled": False, "ground_truth": False, "created_at": label.created.isoformat(),
            "lead_time": None if label.lead_time_ms is None else label.lead_time_ms / 1000,
            "result": _results(record, label.uuid, label.result, strokes),
        }  # fmt: skip
    if not record.labels and record.status == "skipped":
        yield {"was_cancelled": True, "ground_truth": False, "result": []}


def _prediction(record: Record, predicted: Predicted, strokes: Strokes) -> dict[str, Any]:
    return {
        "model_version": predicted.version, "score": predicted.score,
        "result": _results(record, f"p{record.id}", predicted.result, strokes),
    }  # fmt: skip


def _results(record: Record, region: str, said: Mapping[str, Any], strokes: Strokes) -> list[dict[str, Any]]:
    if "boxes" in said:
        return [_rectangle(record, box) for box in said["boxes"]]
    if "alpha" in said:
        return strokes(record, region, said)
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


def _stroke(record: Record, region: str, control: str, label: str, rle: bytes) -> dict[str, Any]:
    return {
        "id": region, "from_name": control, "to_name": OBJECT, "type": "brushlabels",
        "original_width": record.width, "original_height": record.height, "image_rotation": 0,
        "value": {"format": "rle", "rle": list(rle), "brushlabels": [label]},
    }  # fmt: skip
