"""A project's categories, and what follows when they change after labeling has begun.

Labels and queue rows say a category's name: a rename or a merge rewrites them, in the transaction that changes the
category. A submit holds its category's row while it writes (see `_write` in labeling.services.annotations), so none
slips through under the old name. Each change is written down: a model that learned the names of before is understood
by it (`names_since`), and so is a page that was opened before (`name_today`). Snapshots stay as they were frozen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from labeling.enqueue import enqueue
from labeling.models import Assignment, Category, CategoryChange, Project, User
from vision.results import Names, renamed

# Distinct in both themes and for the common colour blindnesses (Okabe & Ito 2008, without black); then further ones,
# each the furthest from those before it in OKLab, with normal, deuteranopic and protanopic eyes.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#990055", "#BB00FF", "#445511",
    "#0000FF", "#FFBBCC", "#00DD99", "#6611AA", "#FF55FF", "#DD00AA", "#55EEFF", "#22BB00", "#6677FF", "#FF0066",
)  # fmt: skip

# What every version of every label says, a row each, and what to call such a row.
SAID: dict[str, str] = {
    Project.Kind.CLASSIFICATION: "SELECT result->>'category' AS name FROM labeling_annotation WHERE project_id = %s",
    Project.Kind.DETECTION: """SELECT jsonb_path_query(result, '$.boxes[*].category') #>> '{}' AS name FROM labeling_annotation
                               WHERE project_id = %s""",
    Project.Kind.MATTING: "SELECT NULL AS name FROM labeling_annotation WHERE project_id = %s AND false",
}
WHAT: dict[str, tuple[str, str]] = {
    Project.Kind.CLASSIFICATION: ("label says", "labels say"),
    Project.Kind.DETECTION: ("box says", "boxes say"),
    Project.Kind.MATTING: ("label says", "labels say"),
}
# Of labels and queue rows, by `r`: names of before and of after, all at once, so that two can swap.
RENAMES: dict[str, tuple[str, ...]] = {
    Project.Kind.CLASSIFICATION: (
        """UPDATE labeling_annotation a SET result = jsonb_set(a.result, '{category}', to_jsonb(r.new)) FROM r
           WHERE a.project_id = %(project)s AND a.result->>'category' = r.old""",
        """UPDATE labeling_queueitem q SET category = r.new FROM r WHERE q.project_id = %(project)s AND q.category = r.old""",
    ),
    Project.Kind.DETECTION: (
        """UPDATE labeling_annotation a SET result = jsonb_set(a.result, '{boxes}', (
               SELECT jsonb_agg(CASE WHEN r.new IS NULL THEN b ELSE jsonb_set(b, '{category}', to_jsonb(r.new)) END ORDER BY place)
               FROM jsonb_array_elements(a.result->'boxes') WITH ORDINALITY AS x(b, place) LEFT JOIN r ON r.old = b->>'category'))
           WHERE a.project_id = %(project)s AND EXISTS (
               SELECT 1 FROM jsonb_array_elements(a.result->'boxes') AS x(b) WHERE b->>'category' = ANY(%(old)s))""",
        """UPDATE labeling_queueitem q SET categories = ARRAY(
               SELECT coalesce(r.new, x.name) FROM unnest(q.categories) WITH ORDINALITY AS x(name, place)
               LEFT JOIN r ON r.old = x.name GROUP BY 1 ORDER BY min(x.place))
           WHERE q.project_id = %(project)s AND q.categories && %(old)s::varchar[]""",
    ),
    Project.Kind.MATTING: (),  # a matte is of no category
}


class CategoryInUse(ValueError):
    """A category that labels carry cannot go without saying where they go."""


UNSEEN = (
    "Cc",
    "Cs",
    "Cn",
)  # no XML and no folder carries them; the joiners of scripts and emoji (Cf) are none


@dataclass
class _Change:
    kept: list[Category] = field(default_factory=list)
    gone: list[Category] = field(default_factory=list)
    names: dict[str, str | None] = field(default_factory=dict)  # before: after; None: deleted
    merged: dict[str, int] = field(default_factory=dict)  # id that goes: id that stays


def categories_set(*, project: Project, categories: list[dict[str, Any]], by: User | None = None) -> None:
    """Make the project's categories these, in this order: with `id` renamed and reordered, without added.

    `merges` names the ids of others that become this one. One that is left out goes, unless labels carry it:
    CategoryInUse. The same again changes nothing. Call while holding the project's lock. Raises ValueError for an unknown id.
    """
    existing = {one.pk: one for one in Category.objects.filter(project=project)}
    change = _change(project, existing, categories)
    # From here on a submit that says one of these waits for the outcome; those that were first are there to be renamed.
    list(Category.objects.select_for_update().filter(project=project, name__in=change.names).order_by("id"))
    _refuse_if_used(project, [one.name for one in change.gone if change.names[one.name] is None])
    Category.objects.filter(pk__in=[one.pk for one in change.gone]).delete()
    for category in change.kept:
        category.save()
    if change.names:
        CategoryChange.objects.create(project=project, names=change.names, merged=change.merged, by=by)
        _follow(project, change)


def _change(project: Project, existing: dict[int, Category], items: list[dict[str, Any]]) -> _Change:
    named = {category.name: category for category in existing.values()}
    change, into = _Change(), dict[int, Category]()
    for position, item in enumerate(items):
        if any(unicodedata.category(c) in UNSEEN for c in item["name"]):
            raise ValueError("A category's name holds a character that cannot be seen.")
        category = existing.get(item["id"]) if item.get("id") else named.get(item["name"])
        if item.get("id") and category is None:
            raise ValueError(f"no category {item['id']} in this project")
        category = category or Category(project=project)
        if category in change.kept and category.pk:
            raise ValueError(f"the category {category.pk} is given twice")
        if category.pk and category.name != item["name"]:
            change.names[category.name] = item["name"]
        _fill(category, item, position)
        change.kept.append(category)
        for other in _merged(project, existing, category, item.get("merges", [])):
            if other in into:
                raise ValueError(f"the category {other} cannot become two others")
            into[other] = category
    kept = {category.pk for category in change.kept if category.pk}
    if twice := kept & into.keys():
        raise ValueError(f"the category {min(twice)} cannot be kept and become another one")
    for pk in existing.keys() - kept:
        change.gone.append(existing[pk])
        change.names[existing[pk].name] = into[pk].name if pk in into else None
        if pk in into:
            change.merged[str(pk)] = into[pk].pk
    return change


def _fill(category: Category, item: dict[str, Any], position: int) -> None:
    category.name, category.position = item["name"], position
    category.color = item.get("color") or category.color or PALETTE[position % len(PALETTE)]
    key = str(position + 1) if position < 9 else ""
    category.hotkey = item.get("hotkey", category.hotkey or key)


def _merged(project: Project, existing: dict[int, Category], target: Category, ids: list[int]) -> list[int]:
    """Those of the ids that are still there; one that went into this category before is passed over."""
    if ids and not target.pk:
        raise ValueError("categories are merged into one that is there: give its id")
    for pk in ids:
        before = CategoryChange.objects.filter(project=project, merged__contains={str(pk): target.pk})
        if pk not in existing and not before.exists():
            raise ValueError(f"no category {pk} in this project")
    return [pk for pk in dict.fromkeys(ids) if pk in existing]


def category_counts(*, project: Project) -> dict[str, int]:
    """{name: labels or boxes that say it}, those of older versions too: they can become current again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, count(*) FROM ({SAID[project.kind]}) said WHERE name IS NOT NULL GROUP BY 1",
            [project.pk],
        )
        return dict(cursor.fetchall())


def _refuse_if_used(project: Project, names: list[str]) -> None:
    if not names:
        return
    one, many = WHAT[project.kind]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, count(*) FROM ({SAID[project.kind]}) said WHERE name = ANY(%s) GROUP BY 1 ORDER BY 1",
            [project.pk, names],
        )
        used = [f"{count:,} {one if count == 1 else many} {name}" for name, count in cursor.fetchall()]
    if used:
        raise CategoryInUse(f"{', '.join(used)}: merge the category into another one, or rename it.")


def _follow(project: Project, change: _Change) -> None:
    """All that says a name of before says the one of after."""
    if not RENAMES[project.kind]:
        return
    moved = {old: new for old, new in change.names.items() if new is not None}
    if moved:
        _rename_labels(project, moved)
    if change.merged:
        _settle_reviews(project, set(moved.values()))
    before = project.settings.get("non_engaged")
    if before in change.names:
        project.settings["non_engaged"] = change.names[before] or ""
        project.save(update_fields=["settings"])
    _rename_leases(project, change.names)
    for task in settings.ON_CATEGORIES_CHANGED:
        enqueue(task, project.pk, queue="inference")


def _rename_labels(project: Project, names: Mapping[str, str]) -> None:
    arguments: dict[str, Any] = {"old": list(names), "new": list(names.values()), "project": project.pk}
    with connection.cursor() as cursor:
        for statement in RENAMES[project.kind]:
            cursor.execute(
                f"WITH r AS (SELECT * FROM unnest(%(old)s::text[], %(new)s::text[]) AS r(old, new)) {statement}",
                arguments,
            )


def _settle_reviews(project: Project, names: Iterable[str]) -> None:
    """People who disagreed about two categories that are one now agree: nobody has to decide any more."""
    if project.review:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem q SET status = 'labeled'
               WHERE q.project_id = %s AND q.status = 'in_review' AND q.slots = 0 AND q.category = ANY(%s)
                 AND NOT EXISTS (SELECT 1 FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.current
                                 AND (a.late OR a.result->>'category' <> q.category))
                 AND (SELECT count(*) FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.current) > 1""",
            [project.pk, list(names)],
        )


def _rename_leases(project: Project, names: Names) -> None:
    """What the screens of people show just now. The rest of the queue is a task's."""
    rule = project.settings.get("non_engaged", "")
    held = Assignment.objects.filter(project=project, state=Assignment.State.LEASED, prediction__isnull=False)
    leases = list(held.only("id", "prediction"))
    for lease in leases:
        assert lease.prediction
        result = renamed(project.kind, lease.prediction["result"], names, non_engaged=rule)
        lease.prediction = {**lease.prediction, "result": result.to_json(), "score": result.score}
    Assignment.objects.bulk_update(leases, ["prediction"], batch_size=500)


# --- what was said before ---------------------------------------------------------------------------------------
def names_since(changes: Iterable[Mapping[str, str | None]]) -> dict[str, str | None]:
    """What names of before the changes, oldest first, are called after all of them; None where there is no more one."""
    total: dict[str, str | None] = {}
    for names in changes:
        moved = {old: names.get(new, new) if new is not None else None for old, new in total.items()}
        # A name that an earlier change has given away is another category's by now.
        total = {**{old: new for old, new in names.items() if old not in total}, **moved}
    return {old: new for old, new in total.items() if old != new}


def project_names_since(*, project_id: int, when: datetime) -> dict[str, str | None]:
    rows = CategoryChange.objects.filter(project=project_id, created__gt=when).order_by("id")
    return names_since(rows.values_list("names", flat=True))


def name_today(*, project_id: int, name: str) -> str | None:
    """What a name that no category has any more stands for; None for one that never was, or whose category went."""
    rows = list(
        CategoryChange.objects.filter(project=project_id).order_by("id").values_list("names", flat=True)
    )
    last = max((n for n, names in enumerate(rows) if name in names), default=None)
    return None if last is None else names_since(rows[last:]).get(name)


def category_today(*, project_id: int, categories: Collection[str], name: str) -> str | None:
    """Which of the project's categories is meant, by the name that it has or had."""
    if name in categories:
        return name
    now = name_today(project_id=project_id, name=name)
    return now if now in categories else None


def categories_held(*, project_id: int) -> list[str]:
    """The project's names; nobody changes one until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM labeling_category WHERE project_id = %s ORDER BY id FOR SHARE", [project_id]
        )
        return [row[0] for row in cursor.fetchall()]
