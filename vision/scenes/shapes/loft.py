"""Meshes made of outlines that are laid one upon another: all that stands in a fridge is made of these."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.scenes.shapes.looks import Look

Points = NDArray[np.float64]
AROUND = 32  # points of a round outline


@dataclass
class Shape:
    """A mesh: vertices [N, 3] in metres, faces as indices of three or more of them, and of each face its look, whether it is
    shaded smoothly, and where its corners lie on a label (u, v from 0 to 1)."""

    vertices: list[Points] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    of_face: list[int] = field(default_factory=list)
    smooth: list[bool] = field(default_factory=list)
    corners: list[tuple[tuple[float, float], ...]] = field(default_factory=list)
    count: int = 0

    def points(self) -> Points:
        return np.concatenate(self.vertices) if self.vertices else np.zeros((0, 3))

    def add(
        self, rings: Sequence[Points] | Points, look: Look, *, smooth: bool = True, caps: bool | tuple[bool, bool] = True, wide: float = 1.0,
    ) -> Shape:  # fmt: skip
        """Outlines [K, 3], all with as many points in the same order (against the clock, seen from above for rising ones).
        `caps` close the first and the last one. A label goes round them `wide` times."""
        stack = np.asarray(rings, float)
        levels, around, _ = stack.shape
        first, material = self.count, self._material(look)
        self.vertices.append(stack.reshape(-1, 3))
        self.count += levels * around
        # How far up each outline lies, along the way and not in height, or a lid would have none of the label.
        way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(stack, axis=0), axis=2).mean(1))])
        up = way / way[-1] if way[-1] > 0 else way
        for level in range(levels - 1):
            for n in range(around):
                m = (n + 1) % around
                a, b = first + level * around, first + (level + 1) * around
                u0, u1, v0, v1 = n / around * wide, (n + 1) / around * wide, up[level], up[level + 1]
                self._face(
                    (a + n, a + m, b + m, b + n), material, smooth, ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
                )
        below, above = (caps, caps) if isinstance(caps, bool) else caps
        if below:
            self._cap(range(first + around - 1, first - 1, -1), stack[0][::-1], material)
        if above:
            last = first + (levels - 1) * around
            self._cap(range(last, last + around), stack[-1], material)
        return self

    def _cap(self, face: Sequence[int], outline: Points, material: int) -> None:
        flat = outline[:, :2] - outline[:, :2].min(0)
        flat = flat / max(1e-9, float(flat.max()))
        self._face(tuple(face), material, False, tuple((float(u), float(v)) for u, v in flat))

    def _face(
        self, face: tuple[int, ...], material: int, smooth: bool, corners: tuple[tuple[float, float], ...]
    ) -> None:
        self.faces.append(face)
        self.of_face.append(material)
        self.smooth.append(smooth)
        self.corners.append(corners)

    def _material(self, look: Look) -> int:
        if look not in self.looks:
            self.looks.append(look)
        return self.looks.index(look)

    def moved(self, matrix: Points) -> Shape:
        """All of it through a 3 × 3 or 3 × 4 matrix, in place."""
        turn, shift = matrix[:, :3], matrix[:, 3] if matrix.shape[1] == 4 else 0
        self.vertices = [some @ turn.T + shift for some in self.vertices]
        return self

    def join(self, other: Shape, matrix: Points | None = None) -> Shape:
        """`other`, moved, as a part of this one."""
        materials = [self._material(look) for look in other.looks]
        points = other.points()
        if matrix is not None:
            points = points @ matrix[:, :3].T + (matrix[:, 3] if matrix.shape[1] == 4 else 0)
        self.vertices.append(points)
        for face, material, smooth, corners in zip(
            other.faces, other.of_face, other.smooth, other.corners, strict=True
        ):
            self._face(tuple(n + self.count for n in face), materials[material], smooth, corners)
        self.count += len(points)
        return self

    def fitted(self, width: float, depth: float, height: float) -> Shape:
        """Stretched into its box: its middle over (0, 0), standing on 0. What is planned to be apart then is."""
        points = self.points()
        low, high = points.min(0), points.max(0)
        scale = np.array([width, depth, height]) / np.maximum(high - low, 1e-9)
        middle = (low + high) / 2
        shift = np.array([-middle[0], -middle[1], -low[2]]) * scale
        return self.moved(np.column_stack([np.diag(scale), shift]))


def circle(radius: float, z: float, points: int = AROUND, x: float = 0.0, y: float = 0.0) -> Points:
    angle = np.linspace(0, 2 * math.pi, points, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle), np.full(points, z)])


def lathe(profile: Sequence[tuple[float, float]], points: int = AROUND) -> Points:
    """Outlines of what is turned: (radius, height) from below upwards."""
    return np.array([circle(max(radius, 1e-5), z, points) for radius, z in profile])


def rounded(width: float, depth: float, z: float, radius: float, points: int = 6) -> Points:
    """A rectangle with round corners, `points` in each."""
    radius = max(1e-5, min(radius, width / 2 - 1e-5, depth / 2 - 1e-5))
    found = []
    for number, (x, y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        angle = np.linspace(0, math.pi / 2, points) + number * math.pi / 2
        found.append(
            np.column_stack([
                x * (width / 2 - radius) + radius * np.cos(angle), y * (depth / 2 - radius) + radius * np.sin(angle),
                np.full(points, z),
            ])
        )  # fmt: skip
    return np.concatenate(found)


def block(
    width: float, depth: float, low: float, high: float, radius: float, edge: float, taper: float = 1.0
) -> Points:
    """Outlines of a box with round corners and edges; its foot is `taper` times as wide as its top."""
    levels = []
    for z, inset in ((low, edge), (low + edge, 0.0), (high - edge, 0.0), (high, edge)):
        share = (z - low) / (high - low)
        grown = taper + (1 - taper) * share
        levels.append(rounded(width * grown - 2 * inset, depth * grown - 2 * inset, z, radius))
    return np.array(levels)


def along(
    way: Callable[[float], tuple[float, float, float]], radius: Callable[[float], float], levels: int = 24, points: int = 16
) -> Points:  # fmt: skip
    """Outlines of what follows a way (from 0 to 1), such as a banana; round across it."""
    at = np.linspace(0, 1, levels)
    path = np.array([way(t) for t in at])
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    rings = []
    for t, place, direction in zip(at, path, ahead, strict=True):
        side = np.cross(direction, [0.0, 0.0, 1.0])
        if np.linalg.norm(side) < 1e-6:
            side = np.array([1.0, 0.0, 0.0])
        side /= np.linalg.norm(side)
        up = np.cross(side, direction)
        angle = np.linspace(0, 2 * math.pi, points, endpoint=False)[:, None]
        size = max(radius(t), 1e-5)
        # Against the clock, seen from where it leads to.
        rings.append(place + size * (np.cos(angle) * up + np.sin(angle) * -side))
    return np.array(rings)


def rod(
    start: tuple[float, float, float], end: tuple[float, float, float], radius: float, points: int = 8
) -> Points:
    """Outlines of a straight one."""
    first, last = np.array(start), np.array(end)

    def way(t: float) -> tuple[float, float, float]:
        x, y, z = first + (last - first) * t
        return float(x), float(y), float(z)

    return along(way, lambda _: radius, 3, points)


def blob(
    width: float, height: float, lumps: Callable[[Points], Points] | None = None, levels: int = 20, points: int = 28
) -> Points:  # fmt: skip
    """Outlines of a ball around (0, 0, height / 2); `lumps` gives the factor of the radius in each direction [N, 3]."""
    polar = np.linspace(0, math.pi, levels)[::-1]
    rings = []
    for angle in polar:
        ring = circle(max(math.sin(angle), 1e-4), math.cos(angle), points)
        factor = lumps(ring)[:, None] if lumps is not None else 1.0
        ring = ring * factor
        rings.append(ring * [width / 2, width / 2, height / 2] + [0, 0, height / 2])
    return np.array(rings)


def at(rings: Points, x: float, y: float, z: float) -> Points:
    """Outlines, shifted."""
    moved: Points = rings + np.array([x, y, z])
    return moved


def turned(yaw: float = 0.0, x: float = 0.0, y: float = 0.0, z: float = 0.0, scale: float = 1.0) -> Points:
    """A 3 × 4 matrix: scaled, turned about z, shifted."""
    cos, sin = math.cos(yaw) * scale, math.sin(yaw) * scale
    return np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, scale, z]], float)
