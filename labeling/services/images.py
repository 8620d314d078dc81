"""Images into projects, from uploads and imports alike."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction

from labeling.errors import NO_ROOM, StorageFull
from labeling.imagefiles import ImageFacts, RejectedImage, clean_name, inspect
from labeling.lookups import among
from labeling.models import Image, Project
from labeling.models.image import file_key
from labeling.services.nearduplicates import near_duplicates_request
from labeling.services.renditions import renditions_request
from labeling.services.slots import slots_recount
from labeling.storage import sync_folder
from labeling.uploads import Incoming

OPEN = 32  # files at once, of a request's many


@dataclass
class Arrivals:
    created: list[int] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, str]] = field(default_factory=list)
    near_duplicates: list[dict[str, Any]] = field(
        default_factory=list
    )  # kept out, of an import that asks for it

    def to_json(self) -> dict[str, Any]:
        return {"created": self.created, "duplicates": self.duplicates, "rejected": self.rejected}

    def add(self, other: Arrivals) -> None:
        self.created += other.created
        self.duplicates += other.duplicates
        self.rejected += other.rejected
        self.near_duplicates += other.near_duplicates


@dataclass(frozen=True)
class Origin:
    """What is known of where one file came from."""

    url: str = ""
    video_time: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    group: str = ""  # before the one that all files of a call share
    split: str = ""


@dataclass
class _Checked:
    incoming: Incoming
    name: str
    facts: ImageFacts
    origin: Origin

    @property
    def key(self) -> str:
        return file_key(self.incoming.sha256)

    @property
    def row(self) -> dict[str, Any]:
        return {
            **vars(self.facts), "sha256": self.incoming.sha256, "name": self.name, "bytes": self.incoming.size, **vars(self.origin),
        }  # fmt: skip


def images_create(
    *, project: Project, files: Sequence[Incoming], group: str = "", source: str = Image.Source.UPLOAD,
    origins: Sequence[Origin] = (), parent: Image | None = None, smallest: tuple[int, int] = (0, 0),
) -> Arrivals:  # fmt: skip
    """Bring files into a project: stored safely first, then all their rows in one statement.

    What breaks off in between leaves files that no row names; sending it again puts that right. The same content
    comes in once, whatever its name. `origins` go with `files` where given. What is narrower or lower than `smallest`
    is rejected.
    """
    arrivals = Arrivals()
    try:
        checked = _check(files, origins, smallest, arrivals)
        # One alone is nearly always new: then the insert's own answer is quicker than to ask first.
        known = _known(project, [item.incoming.sha256 for item in checked]) if len(checked) > 1 else {}
        fresh: dict[str, _Checked] = {}
        for item in checked:
            if item.incoming.sha256 not in known:
                fresh.setdefault(item.incoming.sha256, item)
        kept = list(_within_quota(project, fresh).values())
        _store(kept)
        ids = _insert(project, kept, group, source, parent) if kept else {}
        arrivals.created = sorted(ids.values())
        if len(ids) < len(fresh):  # there already, or brought by somebody at the same time, or one too many
            known |= _known(project, [sha256 for sha256 in fresh if sha256 not in ids])
        if known:
            _restore(project, list(known))
        if ids:
            renditions_request(project_id=project.pk)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise
    finally:
        for file in files:
            file.discard()
    _counted[project.pk] = (_counted[project.pk][0], _counted[project.pk][1] + len(ids))
    known |= ids
    first = {id(item) for sha256, item in fresh.items() if sha256 in ids}
    for item in checked:
        if (pk := known.get(item.incoming.sha256)) is None:
            reason = f"The project holds as many images as it may ({settings.MAX_PROJECT_IMAGES:,})."
            arrivals.rejected.append({"name": item.name, "reason": reason})
        elif id(item) not in first:
            arrivals.duplicates.append({"name": item.name, "id": pk})
    return arrivals


def _check(
    files: Sequence[Incoming], origins: Sequence[Origin], smallest: tuple[int, int], arrivals: Arrivals
) -> list[_Checked]:
    checked = []
    for number, file in enumerate(files):
        name = clean_name(file.name)
        try:
            if file.too_large:
                raise RejectedImage(f"The file is larger than {settings.MAX_IMAGE_BYTES // 1024**2} MB.")
            facts = inspect(file.content())
            if facts.width < smallest[0] or facts.height < smallest[1]:
                raise RejectedImage(
                    f"The image is {facts.width} × {facts.height}, smaller than {smallest[0]} × {smallest[1]}."
                )
            checked.append(_Checked(file, name, facts, origins[number] if origins else Origin()))
        except RejectedImage as error:
            arrivals.rejected.append({"name": name, "reason": str(error)})
    return checked


def _within_quota(project: Project, fresh: dict[str, _Checked]) -> dict[str, _Checked]:
    """What still has room. What the project holds already needs none."""
    room = max(0, settings.MAX_PROJECT_IMAGES - _held(project, time.monotonic()))
    return fresh if len(fresh) <= room else dict(islice(fresh.items(), room))


_counted: dict[
    int, tuple[float, int]
] = {}  # project: when its images were counted, and what came to them since
COUNT_ALWAYS = 20_000


def _held(project: Project, now: float) -> int:
    """Images in the project. Counting a million rows for every upload would cost more than it guards: where the
    quota is far, once a minute and process will do."""
    when, count = _counted.get(project.pk, (now - 60, 0))
    if now - when >= 60 or settings.MAX_PROJECT_IMAGES - count < COUNT_ALWAYS:
        count = Image.objects.filter(project=project).count()
        _counted[project.pk] = (now, count)
    return count


def _known(project: Project, hashes: list[str]) -> dict[str, int]:
    """By the hash: as long as new tables have no statistics, a planner that may go by the project reads all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sha256, id FROM labeling_image WHERE sha256 = ANY(%s) AND project_id + 0 = %s",
            [hashes, project.pk],
        )
        return dict(cursor.fetchall())


def _store(items: Sequence[_Checked]) -> None:
    """Every file on disk (or in the bucket), for good, before any row speaks of it."""
    if not isinstance(default_storage, FileSystemStorage):
        list(_writers().map(_upload, items))
        return
    folders = set()
    for start in range(0, len(items), OPEN):
        some = items[start : start + OPEN]
        for item in some:
            target = Path(default_storage.path(item.key))
            item.incoming.place(target)
            folders.add(target.parent)
        for item in some:
            item.incoming.settle()
    for folder in folders:
        sync_folder(folder)


@lru_cache(maxsize=1)
def _writers() -> ThreadPoolExecutor:
    """A bucket is far away: several uploads at once."""
    return ThreadPoolExecutor(8, thread_name_prefix="writer")


def _upload(item: _Checked) -> None:
    if item.incoming.path is None:
        default_storage.save(item.key, ContentFile(item.incoming.content()))
        return
    with open(item.incoming.path, "rb") as file:
        default_storage.save(item.key, File(file))


def _insert(
    project: Project, items: list[_Checked], group: str, source: str, parent: Image | None,
) -> dict[str, int]:  # fmt: skip
    """All rows in one statement; {sha256: id} of those that were not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH made AS (INSERT INTO labeling_image (project_id, sha256, name, format, bytes, width, height, orientation, source,
                   source_url, video_time, "group", parent_id, attributes, split, ready, error, created)
               SELECT %s, f.sha256, f.name, f.format, f.bytes, f.width, f.height, f.orientation, %s, f.url, f.video_time,
                      coalesce(nullif(f."group", ''), %s), %s, f.attributes, f.split, false, '', now()
               FROM ROWS FROM (json_to_recordset(%s) AS (sha256 text, name text, format text, bytes bigint, width int, height int,
                        orientation int, url text, video_time float8, attributes jsonb, "group" text, split text))
                    WITH ORDINALITY f(sha256, name, format, bytes, width, height, orientation, url, video_time, attributes, "group",
                        split, place)
               ORDER BY f.place
               ON CONFLICT (project_id, sha256) DO NOTHING RETURNING sha256, id
               ), queued AS (
                   INSERT INTO labeling_queueitem (image_id, project_id, slots, random, status, category)
                   SELECT id, %s, %s, random(), 'unlabeled', '' FROM made
               )
               SELECT sha256, id FROM made""",
            [
                project.pk, source, group, parent.pk if parent else None, json.dumps([item.row for item in items]),
                project.pk, project.overlap,
            ],
        )  # fmt: skip
        return dict(cursor.fetchall())


def _restore(project: Project, hashes: list[str]) -> None:
    """An image that was deleted and is brought again comes back, with what was known of it."""
    deleted = list(
        Image.objects.filter(project=project, sha256__in=hashes, deleted_at__isnull=False).values_list(
            "id", flat=True
        )
    )
    if deleted:
        images_restore(project=project, ids=deleted)


def images_delete(*, project: Project, ids: Sequence[int]) -> list[int]:
    """Out of the queue and out of sight, labels and all; `images_restore` brings them back. Returns those that went."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_image SET deleted_at = now() WHERE project_id = %s AND id = ANY(%s) AND deleted_at IS NULL RETURNING id",
            [project.pk, list(ids)],
        )
        gone = [row[0] for row in cursor.fetchall()]
        # The queue's rows first: from then on nobody can lease one, and the leases that end are all there will be.
        cursor.execute("UPDATE labeling_queueitem SET slots = 0 WHERE image_id = ANY(%s)", [gone])
        cursor.execute(
            "UPDATE labeling_assignment SET state = 'released' WHERE image_id = ANY(%s) AND state = 'leased'",
            [gone],
        )
        marked = Image.objects.alive().filter(near_duplicate_of__in=among(gone)).values_list("id", flat=True)
        near_duplicates_request(project_id=project.pk, ids=list(marked))
    return gone


def images_restore(*, project: Project, ids: Sequence[int]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_image SET deleted_at = NULL WHERE project_id = %s AND id = ANY(%s) AND deleted_at IS NOT NULL RETURNING id",
            [project.pk, list(ids)],
        )
        back = [row[0] for row in cursor.fetchall()]
        slots_recount(images=back)
        near_duplicates_request(project_id=project.pk, ids=back)
    return len(back)


def images_requeue(*, project: Project, ids: Sequence[int]) -> int:
    """Skipped images into the queue again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem SET status = 'unlabeled' WHERE project_id = %s AND image_id = ANY(%s)
               AND status = 'skipped' RETURNING image_id""",
            [project.pk, list(ids)],
        )
        back = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "UPDATE labeling_assignment SET state = 'released' WHERE image_id = ANY(%s) AND state = 'skipped'",
            [back],
        )
        slots_recount(images=back)
    return len(back)


def images_split(*, project: Project, ids: Sequence[int], split: str) -> list[int]:
    """Move images to a split; returns those that were moved. Renders and translations stay on the training side."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_image SET split = %s WHERE project_id = %s AND id = ANY(%s)
                 AND (source <> ALL(%s) OR %s <> ALL('{val,test}')) RETURNING id""",
            [split, project.pk, list(ids), [Image.Source.RENDER.value, Image.Source.TRANSLATED.value], split],
        )
        return [row[0] for row in cursor.fetchall()]
