"""Labels and other knowledge that imports bring to images: never over a person's word, unless that is asked for."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from labeling.enqueue import enqueue
from labeling.formats.items import MATTES, Item
from labeling.kinds import KINDS, Result, summary
from labeling.models import Annotation, Assignment, Image, Project, QueueItem, User
from labeling.services.categories import categories_held, category_today
from labeling.services.slots import slots_recount

OURS = UUID("6f1b6bd2-8f0e-4c1e-9b5c-3d0c1d3a7a55")  # the namespace of imported labels
SETTLED = (
    3  # seconds: whoever had read the attributes of before has written down by then what it made of them
)
SAME_DIGITS = 4  # of pixels: formats write shares and differences, which come back not quite the same
SKIPPED = "Skipped where it was labeled before."
Rows = Sequence[tuple[int, Item]]  # images with what is said of them
Results = Mapping[int, list[Result]]  # labels in pixels of the image, by the id() of what says them


def images_describe(*, project: Project, rows: Rows, replace: bool = False) -> int:
    """Add attributes, and a split, a group and a video's time where there is none; with `replace`, put them over what is there.

    Renders and translations stay on the side that is learned from. How many images have changed.
    """
    said = [
        {"id": pk, "attributes": item.attributes, "split": item.split, "group": item.group, "video_time": item.video_time}
        for pk, item in rows if item.attributes or item.split or item.group or item.video_time is not None
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_image i SET attributes = n.attributes, split = n.split, "group" = n."group", video_time = n.video_time
               FROM (SELECT i.id, i.attributes AS before,
                        CASE WHEN %(replace)s THEN i.attributes || s.attributes ELSE s.attributes || i.attributes END AS attributes,
                        CASE WHEN s.split = '' OR (i.split <> '' AND NOT %(replace)s) THEN i.split
                             WHEN i.source IN ('render', 'translated') AND s.split <> 'train' THEN i.split
                             ELSE s.split END AS split,
                        CASE WHEN s."group" = '' OR (i."group" <> '' AND NOT %(replace)s) THEN i."group" ELSE s."group" END AS "group",
                        CASE WHEN %(replace)s THEN coalesce(s.video_time, i.video_time)
                             ELSE coalesce(i.video_time, s.video_time) END AS video_time
                     FROM labeling_image i
                     JOIN json_to_recordset(%(said)s) AS s(id bigint, attributes jsonb, split text, "group" text, video_time float8) ON s.id = i.id
                     WHERE i.project_id = %(project)s) n
               WHERE i.id = n.id AND (i.attributes, i.split, i."group", i.video_time)
                     IS DISTINCT FROM (n.attributes, n.split, n."group", n.video_time)
               RETURNING i.id, n.attributes <> n.before""",
            {"replace": replace, "said": json.dumps(said), "project": project.pk},
        )
        changed = cursor.fetchall()
        if ids := [pk for pk, known in changed if known]:
            for task in settings.ON_ATTRIBUTES_CHANGED:
                enqueue(task, project.pk, ids, queue="inference", countdown=SETTLED)
    return len(changed)


@dataclass
class Labeled:
    """What became of labels: how many images by outcome, and which kept the label that they had."""

    counts: Counter[str] = field(default_factory=Counter)  # labeled, replaced, unchanged, skipped
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def labels_import(
    *,
    project: Project,
    by: User | None,
    rows: Rows,
    results: Results,
    digest: str,
    replace: bool = False,
    origin: str = Annotation.Origin.IMPORT,
) -> Labeled:
    """Bring labels of a file (whose hash `digest` is) to images. Idempotent, whatever people did in between.

    `origin` says who gave them: a file, or a render. An image that has a label keeps it; with `replace` the imported one is a new version in its place. A file that was
    written before a category was renamed or merged says its name of before.
    """
    outcome = Labeled()
    wanted: dict[int, Item] = {}
    for pk, item in rows:
        first = wanted.setdefault(pk, item) if item.labels or item.skipped else item
        if _plain(project, results[id(first)]) != _plain(project, results[id(item)]):
            reason = f"The same picture comes as {first.key}, with another label."
            outcome.conflicts.append({"item": item.key, "id": pk, "reason": reason})
    with transaction.atomic():
        names = _hold_names(project, wanted.values())
        queue = {
            one.pk: one
            for one in QueueItem.objects.select_for_update()
            .filter(project=project, pk__in=wanted)
            .order_by("pk")
        }
        state = _State.of(list(queue))
        sizes = Image.objects.filter(pk__in=wanted).values_list("id", "width", "height")
        on = {pk: (width, height) for pk, width, height in sizes}
        labels: list[Annotation] = []
        skips: list[Assignment] = []
        for pk, item in wanted.items():
            if pk not in queue:
                continue
            if not item.labels:
                _skip(queue[pk], state, by, skips, outcome)
                continue
            if gone := [name for name in item.categories if not names[name]]:
                outcome.conflicts.append(
                    {"item": item.key, "id": pk, "reason": f"There is no category {gone[0]} any more."}
                )
                continue
            made = _annotations(project, pk, item, results[id(item)], names, on[pk], digest, origin)
            if state.had.intersection(one.pk for one in made) or state.says(project, pk, made):
                outcome.counts["unchanged"] += 1
            elif state.current[pk] and not replace:
                reason = f"It is labeled {_shown(project, state.current[pk])} already, not {_shown(project, made)}."
                outcome.conflicts.append({"item": item.key, "id": pk, "reason": reason})
            else:
                _take(project, queue[pk], made, state, outcome)
                labels += made
        stand_down = [old.pk for one in {one.image_id for one in labels} for old in state.current[one]]
        Annotation.objects.filter(pk__in=stand_down).update(current=False)
        Annotation.objects.bulk_create(labels)
        Assignment.objects.bulk_create(skips)
        _write(project, [queue[pk] for pk in {one.image_id for one in labels} | state.passed])
    return outcome


def _write(project: Project, items: Sequence[QueueItem]) -> None:
    """The rows that have changed, in one statement: the ORM's takes ten times as long."""
    rows = [
        {
            "id": one.pk, "status": one.status, "category": one.category, "categories": one.categories, "at": one.labeled_at,
        }
        for one in items
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem q SET status = n.status, category = n.category, labeled_at = n.at,
                   categories = ARRAY(SELECT jsonb_array_elements_text(n.categories))
               FROM json_to_recordset(%s) AS n(id bigint, status text, category text, categories jsonb, at timestamptz)
               WHERE q.image_id = n.id AND q.project_id = %s""",
            [json.dumps(rows, default=str), project.pk],
        )
    slots_recount(images=[one.pk for one in items])


def _hold_names(project: Project, items: Iterable[Item]) -> dict[str, str]:
    """{what the items say: the category's name of today, or nothing}; nobody renames one until the transaction ends."""
    known = categories_held(project_id=project.pk)
    said = {name for item in items for name in item.categories}
    return {one: category_today(project_id=project.pk, categories=known, name=one) or "" for one in said}


def _plain(project: Project, results: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What labels say, without the names of boxes: two of these are the same only if nothing differs."""
    if project.kind == Project.Kind.CLASSIFICATION:
        return [one["category"] for one in results]
    if project.kind == Project.Kind.MATTING:
        return [(one["alpha"], one.get("trimap", "")) for one in results]
    return [
        tuple(sorted((box["category"], *map(_digits, box["bbox"])) for box in one["boxes"]))
        for one in results
    ]


def _digits(side: float) -> float:
    return round(float(side), SAME_DIGITS) + 0.0  # of the two zeros the one


def _shown(project: Project, labels: Iterable[Annotation]) -> str:
    """For people."""
    if project.kind == Project.Kind.CLASSIFICATION:
        return ", ".join(sorted(_plain(project, [one.result for one in labels])))
    if project.kind == Project.Kind.MATTING:
        said = [
            [f"the {name} {one.result[name][:8]}" for name in MATTES if name in one.result] for one in labels
        ]
        return "; ".join(f"with {' and '.join(names)}" for names in said)
    return " and ".join(f"with {len(one.result['boxes'])} boxes" for one in labels)


@dataclass
class _State:
    """What stands on images whose queue rows are held."""

    current: Mapping[int, list[Annotation]]
    busy: set[int]  # leased to somebody
    skipped: set[int]  # by an import
    had: set[UUID]  # every label that an import or a render ever brought
    passed: set[int] = field(default_factory=set)  # skipped now

    @classmethod
    def of(cls, images: list[int]) -> _State:
        current: defaultdict[int, list[Annotation]] = defaultdict(list)
        had = set()
        for one in Annotation.objects.filter(image__in=images).order_by("created", "uuid"):
            if one.current:
                current[one.image_id].append(one)
            if one.origin != Annotation.Origin.PERSON:
                had.add(one.pk)
        turns = Assignment.objects.filter(image__in=images)
        busy = turns.filter(state=Assignment.State.LEASED).values_list("image_id", flat=True)
        skips = turns.filter(state=Assignment.State.SKIPPED, skip_reason=SKIPPED)
        return cls(current, set(busy), set(skips.values_list("image_id", flat=True)), had)

    def says(self, project: Project, image: int, made: Iterable[Annotation]) -> bool:
        """Whether the image has these labels, whoever gave them. A matte that comes without a trimap takes none away."""
        current, come = self.current[image], list(made)
        there = [one.result for one in current]
        if project.kind == Project.Kind.MATTING and not any("trimap" in one.result for one in come):
            there = [{"alpha": one["alpha"]} for one in there]
        said = set(_plain(project, there)), set(_plain(project, [one.result for one in come]))
        return bool(said[0]) and said[0] == said[1]


def _annotations(
    project: Project, image: int, item: Item, results: Iterable[Result], names: Mapping[str, str], size: tuple[int, int],
    digest: str, origin: str,
) -> list[Annotation]:  # fmt: skip
    kind, made = KINDS[project.kind], []
    region = "rendered" if origin == Annotation.Origin.RENDER else "imported"
    for number, result in enumerate(results):
        said = result["category"] if "category" in result else json.dumps(result, sort_keys=True)
        body = f"{image} {digest} {number} {said} {item.key}"
        label = kind.understood(
            result, width=size[0], height=size[1], today=names.get, categories=list(names.values())
        )
        made.append(
            Annotation(
                uuid=uuid5(OURS, body), image_id=image, project=project, origin=origin,
                result=label, regions=kind.brought(label, region), digest=hashlib.sha256(body.encode()).hexdigest(),
            )
        )  # fmt: skip
    return made


def _take(project: Project, item: QueueItem, made: list[Annotation], state: _State, outcome: Labeled) -> None:
    """The image's row as it follows from its new labels. The lease of somebody who is at it stays, one by which a label
    came back to its author too: as when another person submits, both will stand."""
    old = state.current[item.pk]
    outcome.counts["replaced" if old else "labeled"] += 1
    if old:
        made[-1].replaces = old[-1]
    for name, value in summary(project.kind, made[-1].result).items():
        setattr(item, name, value)
    item.labeled_at = timezone.now()
    item.status = QueueItem.Status.UNLABELED  # until the recount settles it


def _skip(item: QueueItem, state: _State, by: User | None, skips: list[Assignment], outcome: Labeled) -> None:
    """As with a person's skip, the image stays in the queue while somebody is at it."""
    free = item.status == QueueItem.Status.UNLABELED and item.pk not in state.busy
    if not free or state.current[item.pk] or item.pk in state.skipped:
        outcome.counts["unchanged"] += 1
        return
    outcome.counts["skipped"] += 1
    item.status = QueueItem.Status.SKIPPED
    state.passed.add(item.pk)
    if by:
        skips.append(
            Assignment(
                image_id=item.pk, project_id=item.project_id, user=by, state=Assignment.State.SKIPPED, expires=timezone.now(),
                skip_reason=SKIPPED,
            )
        )  # fmt: skip
