"""What can stand in a rendered fridge: every kind of food and packaging with its sizes, and the words that projects have for
it. Standard library alone: the web process lists the kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Of all that makes a picture of a seed: whoever changes the picture that a seed gives, counts on.
VERSION = 2

Range = tuple[float, float]  # from, to


@dataclass(frozen=True)
class Kind:
    """Sizes in metres, as it stands: along the shelf, into it, upwards."""

    name: str
    title: str
    width: Range
    depth: Range | None  # None: it is round, as deep as it is wide
    height: Range
    pose: str = "stands"  # or lies, on its side; or either
    flat: bool = False  # others may be put on top
    together: int = 1  # so many lie together at the most, as apples do
    in_door: bool = False  # may stand in the door's bins
    words: tuple[str, ...] = ()  # what else it is called


def _round(name: str, title: str, width: Range, height: Range, **more: object) -> Kind:
    return Kind(name, title, width, None, height, **more)  # type: ignore[arg-type]


KINDS: tuple[Kind, ...] = (
    Kind("egg_box", "Egg box", (0.15, 0.28), (0.10, 0.12), (0.065, 0.078), words=("eggs", "egg", "egg carton")),
    _round("yoghurt", "Yoghurt", (0.06, 0.125), (0.06, 0.14), words=("joghurt", "yogurt", "yoghourt")),
    _round("ketchup", "Ketchup", (0.058, 0.075), (0.17, 0.24), pose="either", in_door=True, words=("tomato sauce",)),
    Kind("mushroom_tray", "Mushroom tray", (0.14, 0.19), (0.10, 0.13), (0.05, 0.08), words=("mushroom", "mushrooms")),
    Kind("mustard", "Mustard", (0.045, 0.062), (0.036, 0.05), (0.11, 0.18), pose="either", in_door=True),
    _round("orange", "Orange", (0.066, 0.086), (0.064, 0.082), together=4, words=("mandarin", "clementine")),
    _round("squash", "Squash", (0.085, 0.125), (0.15, 0.24), pose="lies", words=("butternut", "marrow")),
    _round("pumpkin", "Round squash", (0.105, 0.17), (0.10, 0.16), pose="either", words=("pumpkin", "acorn squash", "gourd", "squash")),
    _round("water", "Water bottle", (0.060, 0.085), (0.20, 0.31), pose="either", in_door=True, words=("water bottle", "mineral water")),
    Kind("milk", "Milk carton", (0.068, 0.095), (0.068, 0.095), (0.19, 0.255), in_door=True, words=("milk carton",)),
    Kind("juice", "Juice carton", (0.06, 0.09), (0.05, 0.085), (0.16, 0.25), in_door=True, words=("orange juice", "juice carton")),
    _round("beer", "Beer bottle", (0.055, 0.066), (0.20, 0.26), pose="either", in_door=True, words=("beer bottle",)),
    _round("wine", "Wine bottle", (0.070, 0.080), (0.28, 0.325), pose="either", in_door=True, words=("wine bottle", "champagne")),
    _round("can", "Can", (0.052, 0.067), (0.11, 0.168), pose="either", in_door=True, words=("soda", "coke", "soda can", "beer can")),
    _round("smoothie", "Smoothie", (0.053, 0.066), (0.14, 0.20), in_door=True, words=("small bottle",)),
    _round("jam", "Jam", (0.060, 0.080), (0.08, 0.13), in_door=True, words=("marmalade", "jam jar", "jar")),
    _round("pickles", "Pickles", (0.070, 0.10), (0.12, 0.18), words=("gherkin", "gerkin", "gherkins", "olives")),
    _round("mayonnaise", "Mayonnaise", (0.066, 0.09), (0.10, 0.17), in_door=True, words=("mayo",)),
    _round("sauce", "Sauce bottle", (0.045, 0.062), (0.14, 0.22), in_door=True, words=("tabasco", "chili sauce", "soy sauce", "dressing")),
    _round("cream", "Cream", (0.060, 0.080), (0.07, 0.11), in_door=True, words=("sour cream", "creme fraiche")),
    _round("apple", "Apple", (0.064, 0.086), (0.058, 0.078), together=5),
    _round("pear", "Pear", (0.060, 0.076), (0.082, 0.112), together=3),
    _round("tomato", "Tomato", (0.050, 0.080), (0.044, 0.068), together=5),
    _round("pepper", "Pepper", (0.070, 0.090), (0.080, 0.110), together=3, words=("bell pepper", "paprika", "capsicum")),
    _round("lemon", "Lemon", (0.050, 0.060), (0.060, 0.078), pose="lies", together=3, words=("lime",)),
    _round("onion", "Onion", (0.060, 0.082), (0.058, 0.082), together=3),
    Kind("banana", "Bananas", (0.16, 0.21), (0.07, 0.12), (0.045, 0.07), words=("bananas",)),
    _round("cucumber", "Cucumber", (0.042, 0.055), (0.24, 0.34), pose="lies", together=2, words=("zucchini", "courgette")),
    _round("carrot", "Carrot", (0.025, 0.036), (0.14, 0.21), pose="lies", together=5, words=("carrots",)),
    _round("lettuce", "Lettuce", (0.14, 0.19), (0.12, 0.165), words=("salad", "cabbage")),
    _round("broccoli", "Broccoli", (0.12, 0.16), (0.12, 0.155), words=("cauliflower",)),
    Kind("cheese", "Cheese wedge", (0.10, 0.16), (0.08, 0.12), (0.03, 0.06), words=("cheese wedge",)),
    Kind("butter", "Butter", (0.10, 0.12), (0.06, 0.075), (0.034, 0.045), flat=True, words=("margarine",)),
    Kind("bread", "Bread", (0.18, 0.28), (0.10, 0.13), (0.095, 0.13), words=("loaf", "toast")),
    Kind("leftovers", "Leftovers box", (0.14, 0.23), (0.10, 0.17), (0.05, 0.10), flat=True, words=("leftovers box", "tupperware", "container", "food box")),
    Kind("meat", "Meat tray", (0.16, 0.23), (0.12, 0.17), (0.03, 0.05), flat=True, words=("meat tray", "chicken", "beef", "minced meat")),
    Kind("sausages", "Sausages", (0.14, 0.20), (0.09, 0.12), (0.02, 0.03), flat=True, words=("sausage", "ham", "bacon", "cold cuts")),
    Kind("berries", "Berries", (0.11, 0.17), (0.09, 0.12), (0.05, 0.085), words=("strawberry", "strawberries", "blueberry", "blueberries", "raspberries")),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


def mapping_for(categories: Iterable[str]) -> dict[str, str]:
    """{kind: category} of those categories of a project that plainly mean a kind of the catalog, as a first suggestion."""
    known = {_plain(name): name for name in categories}
    said = {}
    for kind in KINDS:
        for word in (kind.name, kind.title, *kind.words):
            if (category := known.get(_plain(word))) is not None:
                said[kind.name] = category
                break
    return said


def _plain(word: str) -> str:
    """Without case, blanks and a plural: eggBox, "Egg boxes" and egg_box are one."""
    letters = re.sub(r"[^a-z0-9]", "", word.lower())
    return re.sub(r"(?<=[hosx])es$|s$", "", letters)
