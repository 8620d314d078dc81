"""What exports are made of, a page of images at a time: those that are selected today, or a frozen dataset version's.

Images are read by their ids: what comes or changes meanwhile may or may not be in the file, and no long snapshot holds
up the tables that people label in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from django.conf import settings
from django.db.models import TextField, Value
from django.db.models.functions import Cast
from django.utils.module_loading import import_string

from labeling.formats.items import MATTES
from labeling.formats.records import Label, Predicted, Record
from labeling.lookups import among
from labeling.models import Annotation, Image, Job, Project
from labeling.services.jobs import JobRun

PAGE = 1000
COLUMNS = (  # of a Record, in its order
    "id", "sha256", "name", "format", "orientation", "width", "height", "split", "group", "source", "source_url", "video_time",
    "queue__status",
)  # fmt: skip
NOTHING = "No image is selected: choose other splits or states, or import images first."
NO_VERSION = "The project has no dataset version of this hash."


@dataclass(frozen=True)
class Frozen:
    """A dataset version: the names that its labels say, how many images it has, and a row for each:
    {image, name, split, group, annotations} and `category`, `boxes`, or `alpha` with `trimap`. Reading the first row raises JobFailed where the
    file is not the one that was frozen."""

    categories: Sequence[str]
    count: int
    rows: Iterator[dict[str, Any]]


def selected(project: Project, params: dict[str, Any]) -> Any:
    images = Image.objects.filter(project=project).alive()
    if params["split"]:
        images = images.filter(split__in=["" if split == "none" else split for split in params["split"]])
    if params["status"]:
        images = images.filter(queue__status__in=params["status"])
    return images


def frozen_version(project_id: int, sha256: str) -> Frozen:
    """Raises ValueError where the project has none of this hash. Versions belong to those who train; the settings
    name the function that finds them, so that nothing of theirs is imported here."""
    found: Frozen | None = import_string(settings.DATASET_VERSION)(project_id=project_id, sha256=sha256)
    if found is None:
        raise ValueError(NO_VERSION)
    return found


def selected_pages(job: Job, reads: frozenset[str]) -> Iterator[list[Record]]:
    """Rows, not objects: of what a table holds, those cost the most. JSON comes as its text, and most of it is never
    looked into."""
    columns = selected(job.project, job.params).annotate(
        about=_text("attributes"),
        said=_text("queue__prediction", wanted="predictions" in reads),
    )
    images, last = columns.order_by("id").values_list(*COLUMNS, "about", "said"), 0
    while page := list(images.filter(id__gt=last)[:PAGE]):
        labels = _labels([row[0] for row in page], reads, newest=job.params["annotations"] == "newest")
        yield [
            _record(row[:-2], row[-2], labels.get(row[0], ()), row[-1] and _predicted(json.loads(row[-1])))
            for row in page
        ]  # fmt: skip
        last = page[-1][0]


def frozen_pages(run: JobRun, version: Frozen, reads: frozenset[str]) -> Iterator[list[Record]]:
    """The labels and splits that were frozen. What cannot be had any more is among the job's errors."""
    while rows := list(islice(version.rows, PAGE)):
        there = {row[0]: row for row in _images(run.job.project, [row["image"] for row in rows])}
        given = Annotation.objects.filter(uuid__in=[uuid for row in rows for uuid in row["annotations"]])
        labels = {label.uuid: label for _, label in _said(given, reads)}
        page = []
        for row in rows:
            about = there.get(row["image"])
            frozen = [labels[one] for one in row["annotations"] if one in labels]
            if about is None:
                run.error(row["name"], "The image was deleted since this version was frozen.")
            elif not frozen:
                run.error(row["name"], "The label that was frozen is gone.")
            else:
                page.append(_frozen(row, about, frozen))
        yield page


def _images(project: Project, ids: list[int]) -> Any:
    images = Image.objects.filter(project=project, id__in=among(ids)).alive()
    return images.annotate(about=_text("attributes")).values_list(*COLUMNS, "about")


def _frozen(row: dict[str, Any], about: Sequence[Any], given: list[Label]) -> Record:
    """Of several people's labels the newest that says what was frozen stands for it."""
    if "boxes" in row:
        label = given[-1]
        ids = [box["id"] for box in label.result["boxes"]]
        ids = ids if len(ids) == len(row["boxes"]) else [f"b{number}" for number in range(len(row["boxes"]))]
        label.result = {"boxes": [{"id": id, **box} for id, box in zip(ids, row["boxes"], strict=True)]}
    elif "alpha" in row:
        label = given[-1]
        label.result = {name: row[name] for name in MATTES if name in row}
    else:
        same = [one for one in given if one.result["category"] == row["category"]]
        label = (same or given)[-1]
        label.result = {"category": row["category"]}
    record = _record(about[:-1], about[-1], [label], None)
    record.name, record.split, record.group, record.status = (
        row["name"],
        row["split"],
        row["group"],
        "labeled",
    )
    return record


def _labels(images: list[int], reads: frozenset[str], *, newest: bool) -> dict[int, list[Label]]:
    """Those that count, oldest first; with `newest` the last one alone."""
    found: defaultdict[int, list[Label]] = defaultdict(list)
    for image, label in _said(Annotation.objects.counting().filter(image__in=among(images)), reads):
        found[image] = [label] if newest else [*found[image], label]
    return found


def _said(rows: Any, reads: frozenset[str]) -> Iterator[tuple[int, Label]]:
    columns = rows.order_by("created", "uuid").values_list(
        "image", "uuid", _text("result"), "author__username", "origin", "lead_time_ms", "created",
        _text("regions", wanted="regions" in reads),
    )  # fmt: skip
    for image, uuid, result, author, origin, lead_time_ms, created, regions in columns:
        parts = orjson.loads(regions) if regions else ()
        yield (
            image,
            Label(str(uuid), orjson.loads(result), author or "", origin, lead_time_ms, created, parts),
        )


def _text(column: str, *, wanted: bool = True) -> Any:
    """JSON as it is written down."""
    return Cast(column, TextField()) if wanted else Value(None, TextField())


def _record(
    about: Sequence[Any], attributes: str, labels: Sequence[Label], predicted: Predicted | None
) -> Record:
    """`about` is of COLUMNS."""
    read = {} if attributes == "{}" else json.loads(attributes)
    return Record(*about, read, labels, predicted)  # type: ignore[call-arg]


def _predicted(said: dict[str, Any]) -> Predicted | None:
    if said["result"].get("category") or said["result"].keys() & {"boxes", "alpha"}:
        return Predicted(f"{said['model']} {said['number']}", said["result"], said["score"])
    return None
