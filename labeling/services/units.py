"""What must not stand on both sides of a split: the images of a group, near-duplicates, moments of a video that are close.

With few groups whole ones would leave nothing held out, or one person alone. So their videos are cut into blocks of
time, and images at the edges of a block are used by no side: see `gaps`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from labeling.models import Project

SIDES = ("test", "val", "train")
LEARNED_ONLY = ("render", "translated")
FEW_GROUPS = 5
BLOCKS, MOMENTS = (
    12,
    4,
)  # at most so many blocks of a video, and about so many labeled moments in each at least
SHORTEST, WIDEST_GAP = 5.0, 60.0  # seconds


class Row(NamedTuple):
    """A labeled image."""

    id: int
    categories: tuple[str, ...]  # the one that it has, or those of its boxes
    group: str
    split: str
    learned_only: bool
    hash: int | None
    time: float | None


class Blocks(NamedTuple):
    """Seconds."""

    length: float
    gap: float


@dataclass
class Units:
    rows: list[Row]
    keys: dict[int, str] = field(default_factory=dict)  # by image: those of one key stay together
    groups: int = 0  # of images that may be held out
    blocks: dict[str, Blocks] = field(default_factory=dict)  # of the groups that were cut

    def loose(self, row: Row) -> bool:
        """Whether it is of a video that was cut, and nobody knows of which moment."""
        return row.group in self.blocks and row.time is None


def units_of(project: Project) -> Units:
    """The labeled images, and which of them belong together."""
    rows = _rows(project)
    units = Units(rows, groups=len({row.group for row in rows if row.group and not row.learned_only}))
    units.blocks = _blocks(rows, few=units.groups < FEW_GROUPS)
    whole = {row.id: _key(row, units.blocks) for row in rows}
    units.keys = _joined(rows, whole, _near(project))
    return units


def _rows(project: Project) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id, CASE WHEN q.category = '' THEN q.categories ELSE ARRAY[q.category] END, i."group", i.split,
                   i.source = ANY(%s), i.perceptual_hash, i.video_time
               FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
               WHERE i.project_id = %s AND q.status IN ('labeled', 'done') AND i.deleted_at IS NULL
               ORDER BY i.id""",
            [list(LEARNED_ONLY), project.pk],
        )
        return [Row(row[0], tuple(row[1]), *row[2:]) for row in cursor.fetchall()]


def _near(project: Project) -> list[tuple[int, int]]:
    """Pairs that look nearly the same; an image that has no label yet may stand between two that have."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.id, i.near_duplicate_of_id FROM labeling_image i JOIN labeling_image o ON o.id = i.near_duplicate_of_id
               WHERE i.project_id = %s AND i.deleted_at IS NULL AND o.deleted_at IS NULL ORDER BY i.id""",
            [project.pk],
        )
        return cursor.fetchall()


def _blocks(rows: Iterable[Row], *, few: bool) -> dict[str, Blocks]:
    """The groups whose video is cut. Once cut, a group stays so: its moments are on several sides."""
    times: defaultdict[str, set[float]] = defaultdict(set)
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.group and row.time is not None and not row.learned_only:
            times[row.group].add(row.time)
            sides[row.group].add(row.split)
    found = {}
    for group, moments in times.items():
        blocks = _cut(moments)
        if (few or len(sides[group] - {""}) > 1) and len({time // blocks.length for time in moments}) > 1:
            found[group] = blocks
    return found


def _cut(moments: set[float]) -> Blocks:
    """A block is doubled and never stretched: as labels come two become one, and the edges around stay where they were.
    A gap is wider than the usual step from one labeled moment to the next."""
    span, most = max(moments) - min(moments), max(1, min(BLOCKS, len(moments) // MOMENTS))
    length = SHORTEST
    while span / length > most:
        length *= 2
    step = 1.01 * span / max(1, len(moments) - 1)
    return Blocks(length, min(max(length / 4, step), WIDEST_GAP))


def _key(row: Row, blocks: Mapping[str, Blocks]) -> str:
    key = f"group {row.group}" if row.group else f"image {row.id}"
    if row.group in blocks:
        key += " of no time" if row.time is None else f" block {int(row.time // blocks[row.group].length)}"
    return f"{key} made" if row.learned_only else key


def _joined(rows: Sequence[Row], whole: Mapping[int, str], near: Iterable[tuple[int, int]]) -> dict[int, str]:
    """Keys of which near-duplicates have the same one, unless both have a group: what people said counts for more."""
    parents: dict[str, str] = {}
    grouped = {whole[row.id] for row in rows if row.group}

    def root(key: str) -> str:
        while (parent := parents.get(key, key)) != key:
            parents[key] = parents.get(parent, parent)
            key = parent
        return key

    def join(one: str, other: str) -> None:
        first, second = sorted((root(one), root(other)), key=lambda key: (key not in grouped, key))
        if second not in grouped:
            parents[second] = first

    made = {row.id for row in rows if row.learned_only}
    same: dict[tuple[int, bool], str] = {}
    for row in rows:
        if row.hash is not None and not row.group:
            join(whole[row.id], same.setdefault((row.hash, row.learned_only), whole[row.id]))
    for one, other in near:
        if (one in made) == (other in made):
            join(whole.get(one, f"image {one}"), whole.get(other, f"image {other}"))
    return {pk: root(key) for pk, key in whole.items()}


def gaps(units: Units, sides: Mapping[int, str]) -> set[int]:
    """Images whose side is not kept yet and that are too close in time to another side's: they are used by neither.

    Held-out images have the first choice, since they are the fewest.
    """
    left: set[int] = set()
    timed: defaultdict[str, list[tuple[float, Row]]] = defaultdict(list)
    for row in units.rows:
        if row.time is not None and row.group in units.blocks and not row.learned_only:
            timed[row.group].append((row.time, row))
    for group, rows in timed.items():
        gap = units.blocks[group].gap
        taken = {side: sorted(time for time, row in rows if row.split == side) for side in SIDES}
        for side in SIDES:
            others = [taken[other] for other in SIDES if other != side]
            fits = []
            for time, row in rows:
                if row.split or sides[row.id] != side:
                    continue
                if any(_within(time, times, gap) for times in others):
                    left.add(row.id)
                else:
                    fits.append(time)
            taken[side] = sorted(taken[side] + fits)
    return left


def _within(time: float, times: Sequence[float], gap: float) -> bool:
    """Whether one of the sorted times is that close."""
    place = bisect_left(times, time - gap)
    return place < len(times) and times[place] <= time + gap
