"""Where things stand on a surface, seen from above, so that none stands in another: what is upright and apart there cannot
meet anywhere. Standard library alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Footprint:
    """A rectangle around (x, y), `width` × `depth`, turned by `yaw` (radians); or, where `round`, a circle as wide as that."""

    x: float
    y: float
    width: float
    depth: float
    yaw: float = 0.0
    round: bool = False

    @property
    def area(self) -> float:
        return self.width * self.depth * (math.pi / 4 if self.round else 1)

    def corners(self) -> list[Point]:
        """Of the rectangle, or of the square around a circle."""
        yaw = 0.0 if self.round else self.yaw
        cos, sin = math.cos(yaw), math.sin(yaw)
        return [
            (self.x + u * cos - v * sin, self.y + u * sin + v * cos)
            for u, v in (
                (-self.width / 2, -self.depth / 2), (self.width / 2, -self.depth / 2),
                (self.width / 2, self.depth / 2), (-self.width / 2, self.depth / 2),
            )
        ]  # fmt: skip


def within(inner: Footprint, width: float, depth: float, margin: float = 0.0) -> bool:
    """Whether it stays on a surface from (0, 0) to (width, depth), so far from its edge."""
    return all(margin <= x <= width - margin and margin <= y <= depth - margin for x, y in inner.corners())


def inside(inner: Footprint, outer: Footprint) -> bool:
    """Whether all of `inner` stands on `outer`."""
    cos, sin = math.cos(-outer.yaw), math.sin(-outer.yaw)
    for x, y in inner.corners():
        u, v = x - outer.x, y - outer.y
        if outer.round:
            if math.hypot(u, v) > outer.width / 2:
                return False
        elif abs(u * cos - v * sin) > outer.width / 2 or abs(u * sin + v * cos) > outer.depth / 2:
            return False
    return True


def apart(one: Footprint, other: Footprint, gap: float) -> bool:
    """Whether there is at least about `gap` between them."""
    if math.hypot(one.x - other.x, one.y - other.y) > _radius(one) + _radius(other) + gap:
        return True
    if one.round and other.round:
        return math.hypot(one.x - other.x, one.y - other.y) >= (one.width + other.width) / 2 + gap
    if one.round or other.round:
        circle, box = (one, other) if one.round else (other, one)
        return _distance(circle.x, circle.y, box) >= circle.width / 2 + gap
    return _separated(one, other, gap) or _separated(other, one, gap)


def _radius(one: Footprint) -> float:
    return one.width / 2 if one.round else math.hypot(one.width, one.depth) / 2


def _distance(x: float, y: float, box: Footprint) -> float:
    """From a point to a rectangle; 0 within."""
    cos, sin = math.cos(-box.yaw), math.sin(-box.yaw)
    u, v = x - box.x, y - box.y
    across = max(0.0, abs(u * cos - v * sin) - box.width / 2)
    along = max(0.0, abs(u * sin + v * cos) - box.depth / 2)
    return math.hypot(across, along)


def _separated(one: Footprint, other: Footprint, gap: float) -> bool:
    """Whether a side of `one` keeps `other` away (separating axes: two convex shapes that do not meet have one)."""
    cos, sin = math.cos(-one.yaw), math.sin(-one.yaw)
    seen = [
        ((x - one.x) * cos - (y - one.y) * sin, (x - one.x) * sin + (y - one.y) * cos)
        for x, y in other.corners()
    ]
    for half, values in ((one.width / 2, [u for u, _ in seen]), (one.depth / 2, [v for _, v in seen])):
        if min(values) >= half + gap or max(values) <= -half - gap:
            return True
    return False
