"""What an archive or a table says of some images, brought to the project: pictures, knowledge, labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from labeling.archives import Archive, BadArchive
from labeling.formats.items import Item
from labeling.formats.matte_parts import MatteMaker
from labeling.formats.matte_pngs import cutout_picture
from labeling.imagefiles import RejectedImage, clean_name, inspect
from labeling.models import Image, Project
from labeling.services.fetch import Refused, fetch
from labeling.services.images import Origin, images_create
from labeling.services.importlabels import Results, images_describe, labels_import
from labeling.services.importmattes import Labels, mattes_bring
from labeling.services.jobs import MAX_ERRORS, JobRun
from labeling.uploads import Incoming

AT_ONCE = {"known": 500, "member": 50, "url": 8}  # images of a batch, by where they come from
BOXES_AT_ONCE = 20_000  # after which a batch takes no further image
BYTES_AT_ONCE = 16 * 1024**2  # and of what was said of its images, such as strokes
LISTED = 1000  # of each list in the result; the counts tell of all
Came = Incoming | str | OSError  # an image, why it did not come, or that the disk is full: then none is taken


@dataclass
class Tally:
    """The job's result."""

    format: str = ""
    created: list[int] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)  # that were made
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def list(self, name: str, row: dict[str, Any]) -> None:
        self.count(name)
        rows = getattr(self, name)
        if len(rows) < LISTED:
            rows.append(row)

    def remark(self, note: str, path: str) -> None:
        """Once, with the first place where it was so."""
        if not any(said.startswith(note) for said in self.notes):
            self.notes.append(f"{note}, such as {path}.")

    def reject(self, item: str, reason: str) -> None:
        self.list("rejected", {"name": item, "reason": reason})


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """In their order, those of one kind together."""
    batch: list[Item] = []
    boxes = size = 0
    for item in items:
        full = len(batch) >= AT_ONCE[_kind(item)] or boxes >= BOXES_AT_ONCE or size >= BYTES_AT_ONCE
        if batch and (full or _kind(item) != _kind(batch[0])):
            yield batch
            batch, boxes, size = [], 0, 0
        batch.append(item)
        boxes += sum(len(label.get("boxes", ())) for label in item.labels)
        size += item.bytes
    if batch:
        yield batch


def _kind(item: Item) -> str:
    return "member" if item.member or item.cutout else "url" if item.url else "known"


@dataclass
class Batch:
    run: JobRun
    archive: Archive | None
    format: str
    digest: str
    tally: Tally
    # Of items with mattes, which are stored when they are looked at first: their labels, or what is wrong with them.
    _mattes: dict[tuple[int, int, int], Labels] = field(default_factory=dict)

    def bring(self, items: list[Item]) -> None:
        params, project = self.run.job.params, self.run.job.project
        rows = _there(project, [item for item in items if not item.bad()])
        there = {id(item) for _, item in rows}
        for item in items:
            self._refuse(item.bad())
        for pk, item in rows:
            if item.member or item.cutout:
                self.tally.list("duplicates", {"name": item.key, "id": pk})
        rows += self._arrive([item for item in items if not item.bad() and id(item) not in there])
        rows, results = self._fitting(rows)
        changed = images_describe(project=project, rows=rows, replace=params["replace"])
        labeled = labels_import(
            results=results,
            project=project,
            by=self.run.job.created_by,
            rows=rows,
            digest=self.digest,
            replace=params["replace"],
        )
        self.tally.count("described", changed)
        for name, number in labeled.counts.items():
            self.tally.count(name, number)
        for row in labeled.conflicts:
            self.tally.list("conflicts", row)

    def _refuse(self, faults: Iterable[Sequence[str]]) -> None:
        """In the result, and the first ones in the job's own list of errors."""
        for place, reason in faults:
            self.tally.reject(place, reason)
            if len(self.run.job.errors) < MAX_ERRORS:
                self.run.error(place, reason)

    def _fitting(self, rows: list[tuple[int, Item]]) -> tuple[list[tuple[int, Item]], Results]:
        """The images on which their labels have room, and these labels in pixels."""
        sizes = {
            pk: (width, height)
            for pk, width, height in Image.objects.filter(pk__in=[pk for pk, _ in rows]).values_list(
                "id", "width", "height"
            )
        }
        fitting, results = [], {}
        for pk, item in rows:
            results[id(item)], faults = self._labels(item, *sizes[pk])
            self._refuse(faults)
            if not faults:
                fitting.append((pk, item))
        return fitting, results

    def _labels(self, item: Item, width: int, height: int) -> Labels:
        """What an item says of a picture of that size, and what is wrong with it, by place."""
        if not item.has_mattes:
            return item.results(width, height)
        key = id(item), width, height
        if key not in self._mattes:
            maker = MatteMaker(item, self.archive, width, height)
            self._mattes[key] = mattes_bring(project_id=self.run.job.project_id, item=item, maker=maker)
            for note, path in maker.notes.items():
                self.tally.remark(note, path)
        return self._mattes[key]

    def _arrive(self, items: list[Item]) -> list[tuple[int, Item]]:
        """Those that the project does not know yet, from the archive or from their addresses."""
        if items and _kind(items[0]) == "url":
            with ThreadPoolExecutor(AT_ONCE["url"], thread_name_prefix="fetch") as fetchers:
                came = list(fetchers.map(_fetched, items))
        else:
            came = [self._member(item) for item in items]
        pairs = [(item, file) for item, file in zip(items, came, strict=True) if isinstance(file, Incoming)]
        for item, file in zip(items, came, strict=True):
            if isinstance(file, OSError):
                for _, arrived in pairs:
                    arrived.discard()
                raise file
            if isinstance(file, str):
                named = item.member or item.cutout or not item.at
                self._refuse([(item.key if named else f"{item.at}: {item.key}", file)])
        try:
            taken = [pair for pair in pairs if self._takes(*pair)]
        except BaseException:  # the disk is full of mattes, say
            for _, arrived in pairs:
                arrived.discard()
            raise
        return self._create(taken)

    def _takes(self, item: Item, file: Incoming) -> bool:
        """Whether its labels have room on the picture: else it stays away with them."""
        if all("category" in label for label in item.labels):
            return True
        try:
            facts = inspect(file.content())
        except (RejectedImage, OSError):
            return True  # which is said where it is to be kept
        _, faults = self._labels(item, facts.width, facts.height)
        self._refuse(faults)
        if faults:
            file.discard()
        return not faults

    def _member(self, item: Item) -> Came:
        if not (item.member or item.cutout) or not self.archive:
            return "There is no such image: not in what was sent, and not in the project."
        try:
            incoming = self.archive.incoming(item.member or item.cutout)
            if not item.member:
                incoming = _colours(incoming)
            incoming.name = item.title or item.member or item.cutout
            return incoming
        except (BadArchive, RejectedImage) as error:
            return str(error)
        except OSError as error:
            return error

    def _create(self, pairs: list[tuple[Item, Incoming]]) -> list[tuple[int, Item]]:
        project = self.run.job.project
        source = Image.Source.URL if pairs and _kind(pairs[0][0]) == "url" else Image.Source.UPLOAD
        arrivals = images_create(
            project=project, files=[file for _, file in pairs], group=self.run.job.params["group"],
            source=Image.Source.LABEL_STUDIO if self.format == "label-studio" else source,
            origins=[
                Origin(url=item.source_url or item.url, attributes=item.attributes, group=item.group, split=item.split, video_time=item.video_time)
                for item, _ in pairs
            ],
        )  # fmt: skip
        self.tally.created += arrivals.created
        self.tally.count("created", len(arrivals.created))
        ids: dict[str, int] = dict(
            Image.objects.filter(project=project, sha256__in=[file.sha256 for _, file in pairs]).values_list(
                "sha256", "id"
            )
        )
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for row in arrivals.rejected:
            reasons[row["name"]].append(row["reason"])
        fresh, rows = set(arrivals.created), []
        for item, file in pairs:
            pk = None if file.too_large else ids.get(file.sha256)
            if pk is None:
                said = reasons[clean_name(file.name)] or ["It was refused."]
                self._refuse([(item.key, said.pop(0) if len(said) > 1 else said[0])])
                continue
            rows.append((pk, item))
            if pk in fresh:
                fresh.discard(pk)
            else:
                self.tally.list("duplicates", {"name": item.key, "id": pk})
        return rows


def _colours(cutout: Incoming) -> Incoming:
    """The picture under a cut-out's alpha. Raises RejectedImage."""
    picture = Incoming(cutout.name)
    try:
        if cutout.too_large:
            picture.too_large = True  # which is said where it is to be kept
        else:
            picture.write(cutout_picture(cutout.content()))
    finally:
        cutout.discard()
    picture.close()
    return picture


def _fetched(item: Item) -> Came:
    try:
        return fetch(item.url)
    except Refused as error:
        return str(error)
    except OSError as error:
        return error


def _there(project: Project, items: list[Item]) -> list[tuple[int, Item]]:
    """The images that the project has, by their hash, or without a file of their own by address or name: first by the
    one that is said, then by those that it may be, too. A name that several have names none of them."""
    images = Image.objects.filter(project=project).alive()
    by_hash = dict(
        images.filter(sha256__in=[item.sha256 for item in items if item.sha256]).values_list("sha256", "id")
    )
    found = [(by_hash[item.sha256], item) for item in items if item.sha256 in by_hash]
    left = [item for item in items if item.sha256 not in by_hash and not (item.member or item.cutout)]
    urls = [item.url for item in left if item.url]
    by_url = dict(images.filter(source_url__in=urls).values_list("source_url", "id")) if urls else {}
    named = [item for item in left if item.name and (item.others or not item.url)]
    names = {name for item in named for name in (item.name, *item.others)}
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for name, pk in images.filter(name__in=names).values_list("name", "id") if names else []:
        by_name[name].append(pk)
    found += [(by_url[item.url], item) for item in left if item.url in by_url]
    for item in named:
        if item.url in by_url:
            continue
        same = by_name[item.name] or [pk for name in item.others for pk in by_name[name]]
        if len(same) == 1:
            found.append((same[0], item))
        elif same:
            item.wrong = f"{len(same)} images have this name: say which by its sha256."
    return found
