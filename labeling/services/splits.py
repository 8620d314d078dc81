"""Which images are learned from, validated on and held out: decided once for an image, and kept.

Whole units go to one side, since a model that has seen somebody recognises them: see labeling.services.units.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from labeling.lookups import among
from labeling.models import Image, Project
from labeling.services.units import FEW_GROUPS, Units, gaps, units_of

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}
BY_HAND = "select some on the Images page and move them to the test split by hand"


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
        Project.objects.lock(pk=project.pk)
        found = units_of(project)
        units = _units(found)
        balance(units, seed=seed)
        sides = {pk: unit.split for unit in units for pk in unit.ids}
        sides |= {row.id: row.split for row in found.rows if row.split}
        for pk in (left := gaps(found, sides)):
            del sides[pk]
        chosen: defaultdict[str, list[int]] = defaultdict(list)
        for row in found.rows:
            if not row.split and row.id in sides:
                chosen[sides[row.id]].append(row.id)
        for split, ids in chosen.items():
            Image.objects.filter(pk__in=among(ids), split="").update(split=split)
    return _warnings(found, set(sides.values()), len(left))


def _units(found: Units) -> list[Unit]:
    units: dict[str, Unit] = {}
    for row in found.rows:
        learned_only = row.learned_only or found.loose(row)
        unit = units.setdefault(found.keys[row.id], Unit(held_out=not learned_only))
        unit.ids.append(row.id)
        unit.counts.update(
            row.categories or ("",)
        )  # one that shows nothing is to be found on every side, too
        if learned_only:
            unit.split = "train"
        elif row.split:
            unit.split = row.split
    return list(units.values())


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


def _warnings(found: Units, sides: Collection[str], left: int) -> list[str]:
    said = []
    if found.blocks:
        videos = "1 video was" if len(found.blocks) == 1 else f"{len(found.blocks)} videos were"
        gap, used = (
            ("1 image in a gap", "is used") if left == 1 else (f"{left:,} images in the gaps", "are used")
        )
        said.append(
            f"{videos} cut into blocks of time, some of them held out, since there were fewer than {FEW_GROUPS} groups. "
            f"{gap} between the blocks {used} for nothing. The same people and the same room are on both sides, so "
            f"figures come out better than on a new meeting: label {FEW_GROUPS} meetings for figures to rely on, or move images "
            "between the splits by hand on the Images page."
        )  # fmt: skip
    elif 0 < found.groups < FEW_GROUPS:
        only = "is only 1 group" if found.groups == 1 else f"are only {found.groups} groups"
        said.append(f"There {only}: figures on so few say little about new ones.")
    for split, name in (("test", "held out"), ("val", "for validation")):
        if split not in sides:
            by_hand = BY_HAND.replace("test", split)
            said.append(
                f"No image is {name}: label images of another group or other minutes of the video, or {by_hand}."
            )
    return said
