"""COCO's JSON for boxes: one `annotations.json` with all images and each one's split, and `images/` where wanted.

Of the selected images those that have a label are in it: readers take one without boxes for one that shows none.
Categories have the numbers 1 to n in the project's order; images keep the numbers that they have here. What COCO has
no word for (hash, split, group, attributes, who said it) stands in further fields, which its readers pass over.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import orjson

from labeling.formats.records import Bundle, Label, Output, Record, beside
from vision.geometry import to_xywh

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class CocoExport:
    labeled_only, reads = True, frozenset({"regions"})
    description = "Frameloop"

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bundle = Bundle(output.path)
        self._numbers = {name: number for number, name in enumerate(output.categories, 1)}
        self._images, self._boxes = _Rows(output), _Rows(output)
        self._count = 0

    @staticmethod
    def suffix(pictures: bool) -> str:
        return "zip"

    def add(self, record: Record) -> None:
        if self._output.pictures:
            if (data := self._output.picture(record)) is None:
                return
            path = self._bundle.name("images", record)
            self._bundle.add_picture(path, data)
        else:
            path = self._bundle.name("images", record)
        self._images.add(_encoded(_image(record, path.removeprefix("images/"))).encode())
        for label in record.labels:
            self._boxes.add(orjson.dumps(self._annotations(record.id, label))[1:-1])

    def _annotations(self, image: int, label: Label) -> list[dict[str, Any]]:
        origins = {region.get("id"): region.get("origin") for region in label.regions}
        rows = []
        for box in label.result["boxes"]:
            self._count += 1
            x, y, width, height = to_xywh(box["bbox"])
            rows.append({
                "id": self._count, "image_id": image, "category_id": self._numbers[box["category"]],
                "bbox": (x, y, width, height), "area": width * height, "iscrowd": 0,
                "box_id": box["id"], "origin": origins.get(box["id"]) or "", "label": label.uuid,
            })  # fmt: skip
        return rows

    def close(self) -> None:
        categories = [
            {"id": number, "name": name, "supercategory": ""} for name, number in self._numbers.items()
        ]
        info = _encoded({"description": self.description})
        head = f'{{"info":{info},"licenses":[],"categories":{_encoded(categories)}'.encode()
        parts = [
            BytesIO(head + b',"images":['), self._images.file, BytesIO(b'\n],"annotations":['), self._boxes.file, BytesIO(b"\n]}\n"),
        ]  # fmt: skip
        with self._images.file, self._boxes.file:
            self._bundle.add_text("annotations.json", *parts)
        self._bundle.close()


class _Rows:
    """The rows of a list, on their way into a file."""

    def __init__(self, output: Output) -> None:
        self.file = beside(output.path)
        self._between = b"\n"

    def add(self, rows: bytes) -> None:
        if rows:
            self.file.write(self._between + rows)
            self._between = b",\n"


def _image(record: Record, name: str) -> dict[str, Any]:
    about = {
        "sha256": record.sha256, "name": record.name, "split": record.split, "group": record.group,
        "source_url": record.source_url, "video_time": record.video_time, "attributes": record.attributes,
    }  # fmt: skip
    return {
        "id": record.id, "file_name": name, "width": record.width, "height": record.height, "status": record.status,
        **{name: said for name, said in about.items() if said not in ("", None, {})},
        "labels": [label.uuid for label in record.labels],
    }  # fmt: skip
