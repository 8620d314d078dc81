"""Every thing's mesh, in NumPy: how it looks alone, and where it stands in a scene."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from vision.scenes.plan import Thing
from vision.scenes.shapes import packs, produce, vessels
from vision.scenes.shapes.loft import Points, Shape

BUILDERS: dict[str, Callable[[Random], Shape]] = {
    **{
        made.__name__: made
        for made in (
            produce.orange, produce.apple, produce.pear, produce.tomato, produce.lemon, produce.onion, produce.pepper, produce.squash, produce.pumpkin,
            produce.banana, produce.cucumber, produce.carrot, produce.lettuce, produce.broccoli, produce.berries,
            vessels.water, vessels.beer, vessels.wine, vessels.sauce, vessels.smoothie, vessels.ketchup, vessels.mustard, vessels.can,
            vessels.jam, vessels.pickles, vessels.mayonnaise, vessels.yoghurt, vessels.cream,
            packs.egg_box, packs.mushroom_tray, packs.milk, packs.juice, packs.cheese, packs.butter, packs.bread, packs.leftovers,
            packs.meat, packs.sausages,
        )
    }
}  # fmt: skip


def shape_of(kind: str, seed: int, size: tuple[float, float, float]) -> Shape:
    """A thing of a kind as it stands, its middle over (0, 0): as large as `size` (width, depth, height), to the millimetre."""
    return BUILDERS[kind](Random(f"{kind}/{seed}")).fitted(*size)


def placement(thing: Thing) -> Points:
    """3 × 4: from a thing as it stands to where it is in the scene."""
    cos, sin = math.cos(thing.yaw), math.sin(thing.yaw)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shift = np.array(thing.place)
    if thing.lies:  # what was up is along the shelf now
        height, thick = thing.size[2], thing.size[0]
        down = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], float)
        shift = shift + turn @ np.array([-height / 2, 0, thick / 2])
        turn = turn @ down
    return np.column_stack([turn, shift])
