"""Participants' tiles in the gallery view of a meeting.

A grid is found from the gaps between its tiles, which have one colour over their whole length. Where there is none, each
face is widened to what belongs to it. Boxes are whole pixels `(x1, y1, x2, y2)` of the frame.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.duplicates import perceptual_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.base import RGBImage

Cell = tuple[int, int, int, int]
Faces = Callable[["RGBImage"], Sequence[tuple[float, float, float, float]]]

ALIKE = 18  # levels of a channel: what compression does to a plain gap
PLAIN = 0.97  # of a gap's length; the rest may be a name, a pointer, a border around who speaks
GAP = 2  # pixels at least
SMALLEST = 0.07  # of the frame's width and height: a narrower strip is a title or a row of buttons
PROPORTION = (0.4, 2.6)  # width by height of a tile
SAME = 0.12  # tiles of a grid differ by no more in size
HOLDS, HOLDS_WIDE = (
    0.2,
    0.85,
)  # of a gap has its colour while a layout holds: a border of who speaks may fill half of it
# A face is widened to shoulders and hands beside them (an arm's gesture reaches about one and a half face widths from
# the middle to either side), up to hair and headphones, and down to the desk, where hands and phones are.
SIDE, ABOVE, BELOW = 1.75, 0.7, 3.2
MOST_OF_IT = 0.5  # one face whose box takes that much of the frame: the frame is that person's view
LOOK_AGAIN = 5.0  # seconds, where there is no grid
ANOTHER_VIEW = 14  # bits of the perceptual hash: a cut, or somebody shares a screen
WHOLE = ""  # the label of a frame that is not split


def find_grid(frames: Sequence[RGBImage]) -> tuple[dict[str, Cell], tuple[int, int, int]] | None:
    """The tiles by their row and column (`r1c2`), and the colour of the gaps; None where there is no grid of two or more.

    Of several frames of the same layout, a gap has to be one in all: what is plain by chance falls away.
    """
    colour = _gap_colour(frames)
    if colour is None:
        return None
    plain = np.logical_and.reduce([_is_colour(frame, colour) for frame in frames])
    height, width = plain.shape
    cells = _cut(plain, (0, 0, width, height), (SMALLEST * width, SMALLEST * height))
    tiles = _of_one_size(cells)
    return (_labelled(tiles), colour) if len(tiles) >= 2 else None


def _is_colour(pixels: NDArray[np.uint8], colour: Sequence[int]) -> NDArray[np.bool_]:
    near = np.abs(pixels.astype(np.int16) - np.asarray(colour, np.int16)) <= ALIKE
    return near[..., 0] & near[..., 1] & near[..., 2]


def _gap_colour(frames: Sequence[RGBImage]) -> tuple[int, int, int] | None:
    """The colour of most of the lines that have a single one from edge to edge, in all the frames."""
    found: list[NDArray[np.uint8]] = []
    for axis in (0, 1):
        uniform, colours = None, None
        for frame in frames:
            # Every eighth pixel of a line tells enough.
            lines = frame[:, ::8] if axis == 0 else frame[::8].transpose(1, 0, 2)
            same = np.abs(lines.astype(np.int16) - lines[:, :1].astype(np.int16)).max(axis=2) <= ALIKE
            plain = same.mean(axis=1) >= PLAIN
            uniform = plain if uniform is None else uniform & plain
            colours = np.median(lines[:, :9], axis=1).astype(np.uint8) if colours is None else colours
        assert uniform is not None and colours is not None
        found.append(colours[uniform])
    colours = np.concatenate(found)
    if len(colours) < GAP:
        return None
    bins, counts = np.unique(colours // 16, axis=0, return_counts=True)
    most = (colours // 16 == bins[counts.argmax()]).all(axis=1)
    red, green, blue = np.median(colours[most], axis=0)
    return int(red), int(green), int(blue)


def _cut(plain: NDArray[np.bool_], cell: Cell, least: tuple[float, float]) -> list[Cell]:
    """Cut along gaps from edge to edge, rows first, then columns, as long as there are any."""
    for axis in (1, 0):
        x1, y1, x2, y2 = cell
        gaps = plain[y1:y2, x1:x2].mean(axis=axis) >= PLAIN
        runs = [run for run in _runs(~gaps) if run[1] - run[0] >= least[axis]]
        parts = [
            (x1, y1 + begin, x2, y1 + end) if axis == 1 else (x1 + begin, y1, x1 + end, y2)
            for begin, end in runs
        ]
        if parts != [cell]:
            return [leaf for part in parts for leaf in _cut(plain, part, least)]
    return [cell]


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where `line` is true, from and to, over breaks that are too thin for a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2).tolist():
        if runs and begin - runs[-1][1] < GAP:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
    return runs


def _of_one_size(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that make a grid: those of the usual size, and such as lost an edge that has the gaps' colour."""
    cells = [c for c in cells if PROPORTION[0] <= (c[2] - c[0]) / (c[3] - c[1]) <= PROPORTION[1]]
    if len(cells) < 2:
        return []
    # Of the larger half: a tile may look smaller than it is, never larger.
    wide = statistics.median_high(c[2] - c[0] for c in cells)
    high = statistics.median_high(c[3] - c[1] for c in cells)
    tiles = [
        c for c in cells if abs(c[2] - c[0] - wide) <= SAME * wide and abs(c[3] - c[1] - high) <= SAME * high
    ]
    if len(tiles) < 2:
        return []
    corners = {(a[0], b[1]) for a in tiles for b in tiles}
    free = {(x, y, x + wide, y + high) for x, y in corners}
    free = {cell for cell in free if not any(_overlap(cell, tile) for tile in tiles)}
    for cell in cells:
        if cell not in tiles:
            around = [whole for whole in free if _overlap(cell, whole) >= 0.95 * _area(cell)]
            tiles += [whole for whole in around[:1] if whole not in tiles]
    return tiles


def _labelled(tiles: Sequence[Cell]) -> dict[str, Cell]:
    rows: list[list[Cell]] = []
    for tile in sorted(tiles, key=lambda t: t[1]):
        middle = (tile[1] + tile[3]) / 2
        if rows and rows[-1][0][1] < middle < rows[-1][0][3]:
            rows[-1].append(tile)
        else:
            rows.append([tile])
    return {
        f"r{row}c{column}": tile
        for row, across in enumerate(rows, 1)
        for column, tile in enumerate(sorted(across), 1)
    }


def around_faces(faces: Sequence[tuple[float, float, float, float]], width: int, height: int) -> list[Cell]:
    """Each face widened to head, hands and desk, but no farther than half of the way to a neighbour; left to right."""
    faces = sorted(faces)
    cells = []
    for face in faces:
        wide, high = face[2] - face[0], face[3] - face[1]
        x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
        box = [x - SIDE * wide, face[1] - ABOVE * high, x + SIDE * wide, face[3] + BELOW * high]
        for other in faces:
            if other is face:
                continue
            beside = (other[0] + other[2]) / 2 - x
            below = (other[1] + other[3]) / 2 - y
            if abs(beside) >= abs(below):
                if beside > 0:
                    box[2] = min(box[2], (face[2] + max(other[0], face[2])) / 2)
                else:
                    box[0] = max(box[0], (face[0] + min(other[2], face[0])) / 2)
            elif below > 0:
                box[3] = min(box[3], (face[3] + max(other[1], face[3])) / 2)
            else:
                box[1] = max(box[1], (face[1] + min(other[3], face[1])) / 2)
        cells.append(
            (max(0, int(box[0])), max(0, int(box[1])), min(width, int(box[2])), min(height, int(box[3])))
        )
    return cells


def _area(cell: Cell) -> int:
    return max(0, cell[2] - cell[0]) * max(0, cell[3] - cell[1])


def _overlap(a: Cell, b: Cell) -> int:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


@dataclass
class Gallery:
    """Follows the layout through a meeting: it is kept as long as it holds, and looked for again when somebody joins or
    leaves. `find_faces` gives the boxes of a frame's faces. All it remembers goes to JSON and back."""

    find_faces: Faces
    boxes: dict[str, Cell] = field(default_factory=dict)
    colour: tuple[int, int, int] | None = None  # of the gaps, where there is a grid
    size: tuple[int, int] = (0, 0)
    looked: float = -LOOK_AGAIN  # when, and at what, where there is none
    seen: int = 0

    def tiles(self, frame: RGBImage, time: float) -> dict[str, Cell]:
        """The boxes of this frame's tiles by their labels; the whole frame under WHOLE where nothing is to be split."""
        height, width = frame.shape[:2]
        if self.size == (width, height) and self._holds(frame, time):
            return self.boxes
        same_size = self.size == (width, height)
        self.size = (width, height)
        if found := find_grid([frame]):
            boxes, self.colour = found
        else:
            boxes, self.colour = self._by_faces(frame), None
            self.looked, self.seen = time, perceptual_hash(frame)
        if not (same_size and _alike(boxes, self.boxes)):
            self.boxes = boxes
        return self.boxes

    def _holds(self, frame: RGBImage, time: float) -> bool:
        if self.colour is None:
            if abs(time - self.looked) >= LOOK_AGAIN or find_grid([frame]):
                return False
            return (perceptual_hash(frame) ^ self.seen).bit_count() <= ANOTHER_VIEW
        height, width = frame.shape[:2]
        for x1, y1, x2, y2 in _gaps(list(self.boxes.values()), width, height):
            wide = x2 - x1 > SMALLEST * width and y2 - y1 > SMALLEST * height  # room for another tile
            gap = frame[y1:y2, x1:x2][:: 4 if wide else 1, :: 4 if wide else 1]
            if _is_colour(gap, self.colour).mean() < (HOLDS_WIDE if wide else HOLDS):
                return False
        # A tile that is as plain as the gaps has nobody in it any more.
        return not any(
            _is_colour(frame[y1:y2:8, x1:x2:8], self.colour).mean() > 0.995
            for x1, y1, x2, y2 in self.boxes.values()
        )

    def _by_faces(self, frame: RGBImage) -> dict[str, Cell]:
        height, width = frame.shape[:2]
        whole = (0, 0, width, height)
        cells = around_faces(self.find_faces(frame), width, height)
        if not cells or (len(cells) == 1 and _area(cells[0]) >= MOST_OF_IT * _area(whole)):
            return {WHOLE: whole}
        return {f"face{number}": cell for number, cell in enumerate(cells, 1)}

    def to_json(self) -> dict[str, Any]:
        return {
            "boxes": self.boxes, "colour": self.colour, "size": self.size, "looked": self.looked, "seen": self.seen,
        }  # fmt: skip

    @classmethod
    def from_json(cls, find_faces: Faces, row: dict[str, Any]) -> Gallery:
        boxes = {label: tuple(box) for label, box in row["boxes"].items()}
        colour = tuple(row["colour"]) if row["colour"] else None
        return cls(find_faces, boxes, colour, tuple(row["size"]), row["looked"], row["seen"])


def _gaps(tiles: Sequence[Cell], width: int, height: int) -> list[Cell]:
    """From each side of each tile to the next tile or the frame's edge."""
    gaps = []
    for x1, y1, x2, y2 in tiles:
        beside = [t for t in tiles if t[1] < y2 and t[3] > y1]
        over = [t for t in tiles if t[0] < x2 and t[2] > x1]
        gaps += [
            (x2, y1, min([t[0] for t in beside if t[0] >= x2], default=width), y2),
            (max([t[2] for t in beside if t[2] <= x1], default=0), y1, x1, y2),
            (x1, y2, x2, min([t[1] for t in over if t[1] >= y2], default=height)),
            (x1, max([t[3] for t in over if t[3] <= y1], default=0), x2, y1),
        ]
    return [gap for gap in gaps if gap[2] - gap[0] >= GAP and gap[3] - gap[1] >= GAP]


def _alike(fresh: dict[str, Cell], old: dict[str, Cell]) -> bool:
    """The same tiles but for a few pixels: then the old boxes stay, and a person's images keep their window."""
    return fresh.keys() == old.keys() and all(
        _overlap(box, old[label]) >= 0.8 * max(_area(box), _area(old[label])) for label, box in fresh.items()
    )
