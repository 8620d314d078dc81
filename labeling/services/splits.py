"""Which images are learned from, validated on and held out: decided once for an image, and kept.

Whole groups (a person, a meeting) go to one side, since a model that has seen somebody recognises them. Images
without a group belong with their near-duplicates.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from labeling.lookups import among
from labeling.models import Image, Project

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}
LEARNED_ONLY = ("render", "translated")
FEW_GROUPS = 5


@dataclass
class Unit:
    """Images that stay together."""

    ids: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)  # by category
    split: str = ""
    held_out: bool = True  # whether it may be


def split_assign(*, project: Project, seed: int = 0) -> list[str]:
    """Give every labeled image that has none a split. Returns warnings for people."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        rows = _rows(project)
        units, named = _units(rows)
        balance(units, seed=seed)
        chosen: defaultdict[str, list[int]] = defaultdict(list)
        known = {row[0] for row in rows if row[3]}
        for unit in units:
            chosen[unit.split] += [pk for pk in unit.ids if pk not in known]
        for split, ids in chosen.items():
            Image.objects.filter(pk__in=among(ids), split="").update(split=split)
    return _warnings(units, named)


def _rows(project: Project) -> list[tuple[int, str, str, str, str, int | None]]:
    """(id, category, group, split, source, perceptual hash) of every labeled image."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id, q.category, i."group", i.split, i.source, i.perceptual_hash FROM labeling_image i
               JOIN labeling_queueitem q ON q.image_id = i.id
               WHERE i.project_id = %s AND q.status IN ('labeled', 'done') AND i.deleted_at IS NULL AND q.category <> ''
               ORDER BY i.id""",
            [project.pk],
        )
        return cursor.fetchall()


def _units(rows: Iterable[tuple[int, str, str, str, str, int | None]]) -> tuple[list[Unit], int]:
    """The units, and how many of them are named groups."""
    units: dict[str, Unit] = {}
    named = set()
    for pk, category, group, split, source, image_hash in rows:
        learned_only = source in LEARNED_ONLY
        if group:
            named.add(group)
        key = f"group {group}" if group else f"hash {image_hash}" if image_hash is not None else f"image {pk}"
        unit = units.setdefault(f"{key} {learned_only}", Unit(held_out=not learned_only))
        unit.ids.append(pk)
        unit.counts[category] += 1
        if learned_only:
            unit.split = "train"
        elif split:
            unit.split = split
    return list(units.values()), len(named)


def balance(units: Sequence[Unit], *, seed: int = 0) -> None:
    """Give each unit without a split one, the largest first, to where its categories are missed most.

    At least one unit that may be is held out, and another learned from, as soon as there are two.
    """
    totals: Counter[str] = Counter()
    have: dict[str, Counter[str]] = {split: Counter() for split in SHARES}
    for unit in units:
        totals.update(unit.counts)
        if unit.split:
            have[unit.split].update(unit.counts)
    open_units = [unit for unit in units if not unit.split]
    random.Random(seed).shuffle(open_units)
    open_units.sort(key=lambda unit: -sum(unit.counts.values()))
    for unit in open_units:
        splits = [split for split in SHARES if unit.held_out or split == "train"]
        unit.split = max(splits, key=lambda split: _missed(unit, split, have, totals))
        have[unit.split].update(unit.counts)
    _ensure(open_units, units)


def _missed(unit: Unit, split: str, have: dict[str, Counter[str]], totals: Counter[str]) -> float:
    """How far the split is from its share of the unit's categories, and how little the unit overshoots it."""
    score = 0.0
    for category, count in unit.counts.items():
        wanted = SHARES[split] * totals[category]
        score += count * (wanted - have[split][category] - count / 2) / totals[category]
    return score / sum(unit.counts.values())


def _ensure(open_units: list[Unit], units: Sequence[Unit]) -> None:
    """Greed can leave a side empty when units are few: move the smallest units that were just assigned."""
    free = sorted((unit for unit in open_units if unit.held_out), key=lambda unit: sum(unit.counts.values()))
    for split in ("test", "train", "val"):
        if any(unit.split == split for unit in units):
            continue
        donors = Counter(unit.split for unit in units)
        for unit in free:
            if donors[unit.split] > 1:
                unit.split = split
                break


def _warnings(units: Sequence[Unit], named: int) -> list[str]:
    said = []
    if 0 < named < FEW_GROUPS:
        said.append(f"There are only {named} groups: figures on so few say little about new ones.")
    for split, name in (("test", "held out"), ("val", "for validation")):
        if not any(unit.split == split for unit in units):
            said.append(f"No image is {name}: label more, from more groups.")
    return said
