"""What a scene is made of, drawn by its seed: a fridge, what stands where in it, a camera and lights. Metres; x to the right,
y into the fridge (0 is the front edge of the shelves), z upwards (0 is its floor). Standard library alone.

A plan is all that Blender needs to know, and the same seed, config, kinds and version give the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from vision.scenes.catalog import BY_NAME, VERSION, Kind, Range
from vision.scenes.config import SceneConfig
from vision.scenes.footprints import Footprint, apart, inside, within

GAP = 0.002  # between two things, and between a thing and what is above it ten times as much
TRIES = 24  # places that are tried for a thing
MISSES = 14  # things in a row that found no place: then a shelf is full
MOST = 400  # things
CRAMMED = 0.55  # of a surface: hardly more finds room
LONGEST_REACH = 0.9  # of what lies on a flat thing, at the most so much of its height again


@dataclass(frozen=True)
class Custom:
    """A model that somebody brought: a file that Blender reads, and how it stands."""

    name: str
    path: str
    height: float  # metres; its width and depth follow
    width: float
    depth: float


@dataclass(frozen=True)
class Thing:
    """`size` as it stands (width, depth, height); `place` is the middle of what it rests with."""

    number: int  # from 1
    kind: str  # of the catalog, or the name of a custom model
    size: tuple[float, float, float]
    place: tuple[float, float, float]
    yaw: float
    lies: bool
    seed: int
    on: int = 0  # the thing that it stands on
    model: str = ""  # the file of a custom one


@dataclass(frozen=True)
class Surface:
    """Something that things rest on: from `origin` it reaches `width` along its own x and `depth` along its y, turned by `yaw`;
    `room` is free above it."""

    origin: tuple[float, float, float]
    width: float
    depth: float
    room: float
    yaw: float = 0.0
    door: bool = False


@dataclass(frozen=True)
class Camera:
    place: tuple[float, float, float]
    target: tuple[float, float, float]
    lens: float  # millimetres, of a sensor that is 36 wide
    roll: float  # radians


@dataclass(frozen=True)
class Fridge:
    width: float
    depth: float
    height: float
    shelves: tuple[float, ...]  # heights of their upper sides, without the floor
    shelf: str  # glass, wire or white
    drawer: float  # the height of a drawer at the bottom, or 0
    door: int  # −1 is hinged at the left, 1 at the right, 0 is out of sight
    opened: float  # the door's angle in radians
    colour: tuple[float, float, float]
    light: float
    warmth: float  # 0 is cold, 1 is warm
    room_light: float


@dataclass(frozen=True)
class Plan:
    seed: int
    version: int
    fridge: Fridge
    camera: Camera
    things: tuple[Thing, ...]
    width: int
    height: int
    samples: int
    surfaces: tuple[Surface, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def plan_scene(
    seed: int, config: SceneConfig, *, kinds: Sequence[str] = (), custom: Sequence[Custom] = (), weights: Mapping[str, float] | None = None
) -> Plan:  # fmt: skip
    """`kinds` are those of the catalog that may occur (all where none is named); `weights` how often, 1 where nothing is said.
    Raises ValueError for a kind that is not there."""
    if unknown := [name for name in kinds if name not in BY_NAME]:
        raise ValueError(f"kinds: there is no kind {unknown[0]}")
    random = Random(f"{VERSION}/{seed}")
    fridge = _fridge(random, config)
    surfaces = _surfaces(fridge)
    chosen: list[Kind | Custom] = [BY_NAME[name] for name in kinds] + list(custom)
    packing = _Packing(random, chosen or list(BY_NAME.values()), weights or {})
    for surface in surfaces:
        packing.fill(surface, _between(random, (config.clutter_from, config.clutter_to)))
    return Plan(
        seed, VERSION, fridge, _camera(random, config, fridge), tuple(packing.things), config.width, config.height, config.samples,
        tuple(surfaces),
    )  # fmt: skip


def _between(random: Random, limits: Range) -> float:
    return limits[0] + (limits[1] - limits[0]) * random.random()


# --- the fridge --------------------------------------------------------------------------------------------------
def _fridge(random: Random, config: SceneConfig) -> Fridge:
    count = config.shelves_from + int(random.random() * (config.shelves_to - config.shelves_from + 1))
    drawer = _between(random, (0.16, 0.22)) if random.random() < 0.5 else 0.0
    spacing = [_between(random, (0.19, 0.36)) for _ in range(count)]
    heights, at = [], drawer
    for space in spacing[:-1] if not drawer else spacing:
        # The floor, or the drawer's lid, is a shelf itself.
        at += space
        heights.append(at)
    shelves = ([drawer] if drawer else []) + heights[: count - 1]
    height = (shelves[-1] if shelves else 0.0) + _between(random, (0.24, 0.36))
    tinted = random.random() < config.tint
    red, green, blue = (_between(random, (0.35, 0.9)) if tinted else 0.86 for _ in range(3))
    with_door = random.random() < config.doors
    return Fridge(
        width=_between(random, (0.46, 0.72)), depth=_between(random, (0.36, 0.50)), height=height, shelves=tuple(shelves),
        shelf=("glass", "glass", "wire", "white")[int(random.random() * 4)], drawer=drawer,
        door=(-1 if random.random() < 0.5 else 1) if with_door else 0, opened=_between(random, (1.45, 1.95)),
        colour=(red, green, blue), light=_between(random, (config.light_from, config.light_to)), warmth=random.random(),
        room_light=_between(random, (0.1, 1.0)),
    )  # fmt: skip


BIN = (0.105, 0.30)  # the depth of a door's bin, and how far apart they are
WALL = 0.045  # the door's thickness


def _surfaces(fridge: Fridge) -> list[Surface]:
    floors = [*([] if fridge.drawer else [0.0]), *fridge.shelves]
    ceilings = [*floors[1:], fridge.height]
    edge = 0.012
    inner = fridge.width - 2 * edge
    found = [
        Surface((-inner / 2, 0.01, floor), inner, fridge.depth - 0.02, ceiling - floor - 0.012)
        for floor, ceiling in zip(floors, ceilings, strict=True)
    ]
    if fridge.door:
        found += [
            Surface(origin, fridge.width - 0.06, BIN[0] - 0.02, BIN[1] - 0.03, yaw, door=True)
            for origin, yaw in door_bins(fridge)
        ]
    return found


def door_frame(fridge: Fridge) -> tuple[tuple[float, float], float]:
    """The hinge (x, y) and how far the door's own x axis is turned: it runs from the hinge along the door, its y points to where
    the bins are."""
    hinge = (fridge.door * (fridge.width / 2 + WALL), -0.03)
    # Shut, the door of a right hinge runs to the left; opened, it comes out towards whoever looks.
    yaw = math.pi - (-fridge.opened) if fridge.door > 0 else -fridge.opened
    return hinge, yaw


def door_bins(fridge: Fridge) -> list[tuple[tuple[float, float, float], float]]:
    """The corners that bins begin at, and their yaw."""
    (x, y), yaw = door_frame(fridge)
    count = max(1, int(fridge.height / BIN[1]))
    along = 0.03
    if (
        fridge.door > 0
    ):  # seen from the bins' side its x has to run towards the hinge, for its y to point to them
        yaw -= math.pi
        along = -(fridge.width - 0.03)
    cos, sin = math.cos(yaw), math.sin(yaw)
    return [
        ((x + along * cos - WALL * sin, y + along * sin + WALL * cos, 0.04 + n * BIN[1]), yaw)
        for n in range(count)
    ]


# --- what stands in it ------------------------------------------------------------------------------------------
class _Packing:
    def __init__(
        self, random: Random, choices: Sequence[Kind | Custom], weights: Mapping[str, float]
    ) -> None:
        self.random, self.choices = random, choices
        self.weights = [max(0.0, weights.get(one.name, 1.0)) for one in choices]
        self.things: list[Thing] = []

    def fill(self, surface: Surface, clutter: float) -> None:
        """Things at random until the surface is as full as asked for, or has no room."""
        wanted, covered, misses = clutter * surface.width * surface.depth * CRAMMED, 0.0, 0
        placed: list[Footprint] = []
        while covered < wanted and misses < MISSES and len(self.things) < MOST:
            chosen = self._choose(surface)
            if chosen is None:
                return
            count = self._together(chosen)
            found = [self._put(surface, chosen, placed) for _ in range(count)]
            areas = [footprint.area for footprint in found if footprint]
            misses = 0 if areas else misses + 1
            covered += sum(areas)

    def _choose(self, surface: Surface) -> Kind | Custom | None:
        able = [
            (one, weight)
            for one, weight in zip(self.choices, self.weights, strict=True)
            if weight and (not surface.door or isinstance(one, Custom) or one.in_door)
        ]
        if not able:
            return None
        at = self.random.random() * sum(weight for _, weight in able)
        for one, weight in able:
            at -= weight
            if at <= 0:
                return one
        return able[-1][0]

    def _together(self, chosen: Kind | Custom) -> int:
        most = 1 if isinstance(chosen, Custom) else chosen.together
        return 1 + int(self.random.random() * most)

    def _put(self, surface: Surface, chosen: Kind | Custom, placed: list[Footprint]) -> Footprint | None:
        """A place for one of these, near the last one of the same handful; what it covers of the surface, or None."""
        size, lies = self._size(chosen)
        width, depth, height = (size[2], size[1], size[0]) if lies else size
        if height > surface.room - 10 * GAP:
            return None
        is_round = not lies and not isinstance(chosen, Custom) and chosen.depth is None
        straight = is_round or surface.door or self.random.random() < 0.6
        for _ in range(TRIES):
            yaw = self.random.gauss(0, 0.12) if straight else (self.random.random() - 0.5) * math.pi
            x, y = (self.random.random() * side for side in (surface.width, surface.depth))
            footprint = Footprint(x, y, width, depth, yaw, is_round)
            if within(footprint, surface.width, surface.depth) and all(
                apart(footprint, other, GAP) for other in placed
            ):
                placed.append(footprint)
                self._add(surface, chosen, size, lies, footprint, 0.0, 0)
                self._stack(surface, chosen, footprint, height)
                return footprint
        return None

    def _size(self, chosen: Kind | Custom) -> tuple[tuple[float, float, float], bool]:
        if isinstance(chosen, Custom):
            scale = _between(self.random, (0.93, 1.07))
            return (chosen.width * scale, chosen.depth * scale, chosen.height * scale), False
        width = _between(self.random, chosen.width)
        depth = width if chosen.depth is None else _between(self.random, chosen.depth)
        height = _between(self.random, chosen.height)
        lies = chosen.pose == "lies" or (chosen.pose == "either" and self.random.random() < 0.25)
        return (width, depth, height), lies

    def _stack(self, surface: Surface, below: Kind | Custom, footprint: Footprint, height: float) -> None:
        """Now and then something smaller on top of what is flat."""
        if isinstance(below, Custom) or not below.flat or self.random.random() > 0.45:
            return
        on = self.things[-1].number
        for _ in range(6):
            chosen = self._choose(surface)
            if chosen is None:
                return
            size, lies = self._size(chosen)
            width, depth, tall = (size[2], size[1], size[0]) if lies else size
            is_round = not lies and not isinstance(chosen, Custom) and chosen.depth is None
            if is_round and not isinstance(chosen, Custom) and chosen.together > 1:
                continue  # an apple would roll off
            top = Footprint(footprint.x, footprint.y, width, depth, footprint.yaw, is_round)
            if height + tall <= surface.room - 10 * GAP and inside(top, footprint):
                self._add(surface, chosen, size, lies, top, height, on)
                return

    def _add(
        self, surface: Surface, chosen: Kind | Custom, size: tuple[float, float, float], lies: bool, at: Footprint, above: float, on: int
    ) -> None:  # fmt: skip
        cos, sin = math.cos(surface.yaw), math.sin(surface.yaw)
        x, y, z = surface.origin
        turned = self.random.random() * 2 * math.pi if at.round else at.yaw
        self.things.append(
            Thing(
                number=len(self.things) + 1, kind=chosen.name, size=size,
                place=(x + at.x * cos - at.y * sin, y + at.x * sin + at.y * cos, z + above), yaw=surface.yaw + turned, lies=lies,
                seed=int(self.random.random() * 2**31), on=on, model=chosen.path if isinstance(chosen, Custom) else "",
            )
        )  # fmt: skip


# --- who looks at it -----------------------------------------------------------------------------------------------
def _camera(random: Random, config: SceneConfig, fridge: Fridge) -> Camera:
    lens = _between(random, (config.lens_from, config.lens_to))
    turn = math.radians(config.turn) * (2 * random.random() - 1)
    if fridge.door:  # from the side on which the door does not hide the shelves
        turn = -fridge.door * abs(turn)
    # So far away that the whole of it is seen; the sensor's 36 mm lie along the longer side of the picture.
    longer = max(config.width, config.height)
    across, up = (36 * side / longer / lens for side in (config.width, config.height))
    wide = fridge.width + (0.12 if fridge.door else 0)
    whole = max(wide / across, fridge.height / up)
    near = 1 - config.closeness * random.random()
    far = max(0.25, whole * near * 1.05)
    # What comes nearer sees a part of the fridge: any part.
    loose = 1 - min(1.0, near)
    target = (
        (random.random() - 0.5) * fridge.width * loose, fridge.depth * 0.3,
        fridge.height * (0.5 + (random.random() - 0.5) * loose),
    )  # fmt: skip
    lift = (random.random() - 0.3) * 0.5
    place = (
        target[0] + far * math.sin(turn),
        -far * math.cos(turn),
        min(fridge.height * 1.25, max(0.08, target[2] + lift * far)),
    )
    return Camera(place, target, lens, random.gauss(0, 0.015))
