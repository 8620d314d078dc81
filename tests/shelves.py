"""Drawn fridge shelves, and the box of everything on them: no photograph is needed to teach or to show a detector."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vision.geometry import to_xywh

Box = tuple[float, float, float, float]
Said = list[tuple[str, Box]]
Brush = ImageDraw.ImageDraw
SHARPER = 3  # pixels drawn for one of the picture: edges come out smooth
CATEGORIES = ("milk", "apple", "cheese", "jam")
SHAPES = {
    "milk": (0.5, 0.86),
    "apple": (0.55, 0.5),
    "cheese": (0.85, 0.42),
    "jam": (0.5, 0.58),
}  # width, height


def shelf(
    seed: int,
    size: tuple[int, int] = (320, 240),
    *,
    shelves: int = 2,
    categories: Sequence[str] = CATEGORIES[:3],
    most: int = 3,
) -> tuple[Image.Image, Said]:
    """A picture, another one for each seed, and (category, x1, y1, x2, y2 in whole pixels) of up to `most` things on
    each shelf."""
    random = np.random.default_rng(seed)
    width, height = (side * SHARPER for side in size)
    picture = _fridge(width, height, shelves, random.uniform(0.75, 1.0))
    pen = ImageDraw.Draw(picture)
    found: Said = []
    tall = height / (shelves + 0.25)
    for row in range(shelves):
        floor = round(tall * (row + 1) / SHARPER) * SHARPER
        places = random.permutation(most)[: random.integers(1, most + 1)]
        for place in sorted(places):
            name = categories[random.integers(len(categories))]
            share, high = SHAPES[name]
            room = width / most
            unit = min(tall, room * 1.6) * random.uniform(0.8, 1.0)
            w, h = min(unit * share, room * 0.9), unit * high
            left = room * place + random.uniform(0.05, 0.95) * (room - w)
            box = [round(value / SHARPER) * SHARPER for value in (left, floor - h, left + w, floor)]
            DRAWN[name](pen, *box, random.uniform(0, 1))
            x1, y1, x2, y2 = (value // SHARPER for value in box)
            found.append((name, (x1, y1, x2, y2)))
    pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), np.int16)
    noise = random.normal(0, 4, (*pixels.shape[:2], 1))
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)), found


def coco(
    said: Mapping[str, Said], size: tuple[int, int], names: Sequence[str], split: Callable[[str], str]
) -> str:
    """COCO's JSON of pictures of one size, by their file names, each with its split."""
    numbers = {name: number for number, name in enumerate(names, 1)}
    rows = [(n, name, box) for n, boxes in enumerate(said.values()) for name, box in boxes]
    images = [
        {"id": n, "file_name": name, "width": size[0], "height": size[1], "split": split(name)}
        for n, name in enumerate(said)
    ]
    boxes = [
        {"id": n, "image_id": image, "category_id": numbers[name], "bbox": to_xywh(box)}
        for n, (image, name, box) in enumerate(rows)
    ]
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    return json.dumps({"images": images, "categories": categories, "annotations": boxes})


def packed(path: Path, folder: str, pictures: Mapping[str, bytes], texts: Mapping[str, str]) -> Path:
    """A ZIP of pictures in a folder, and of what says more of them."""
    with zipfile.ZipFile(path, "w") as files:
        for name, data in pictures.items():
            files.writestr(f"{folder}/{name}", data)
        for name, text in texts.items():
            files.writestr(name, text)
    return path


def _fridge(width: int, height: int, shelves: int, light: float) -> Image.Image:
    """White walls that are darker to the sides and below, and glass shelves."""
    y, x = np.mgrid[0:height:8, 0:width:8]
    glow = 1 - 0.32 * (2 * x / width - 1) ** 2 - 0.22 * y / height
    pixels = np.stack([glow * tone * light for tone in (222, 231, 238)], axis=-1)
    wall = Image.fromarray(pixels.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(wall)
    tall = height / (shelves + 0.25)
    for row in range(shelves):
        floor = round(tall * (row + 1) / SHARPER) * SHARPER
        pen.rectangle((0, floor, width, floor + tall * 0.035), fill=(168, 188, 196))
        pen.line((0, floor, width, floor), fill=(236, 244, 247), width=SHARPER)
    return wall.filter(ImageFilter.GaussianBlur(SHARPER / 2))


def _milk(pen: Brush, x1: int, y1: int, x2: int, y2: int, chance: float) -> None:
    w, h = x2 - x1, y2 - y1
    blue = (38, 84 + int(40 * chance), 178)
    pen.rectangle((x1, y1 + h * 0.24, x2 - 1, y2 - 1), fill=(244, 246, 250))
    gable = [
        (x1, y1 + h * 0.24),
        (x1 + w * 0.2, y1 + h * 0.08),
        (x2 - w * 0.2, y1 + h * 0.08),
        (x2 - 1, y1 + h * 0.24),
    ]
    pen.polygon(gable, fill=(214, 222, 236))
    pen.rectangle((x1 + w * 0.2, y1, x2 - w * 0.2, y1 + h * 0.08), fill=blue)
    pen.rectangle((x1, y1 + h * 0.46, x2 - 1, y1 + h * 0.74), fill=blue)
    pen.ellipse((x1 + w * 0.34, y1 + h * 0.52, x1 + w * 0.66, y1 + h * 0.68), fill=(244, 246, 250))
    pen.rectangle((x2 - w * 0.12, y1 + h * 0.24, x2 - 1, y2 - 1), fill=(198, 208, 226))


def _apple(pen: Brush, x1: int, y1: int, x2: int, y2: int, chance: float) -> None:
    w, h = x2 - x1, y2 - y1
    red = (196, 34 + int(30 * chance), 40)
    pen.ellipse((x1, y1 + h * 0.14, x1 + w * 0.62, y2 - 1), fill=red)
    pen.ellipse((x1 + w * 0.38, y1 + h * 0.14, x2 - 1, y2 - 1), fill=red)
    pen.ellipse((x1 + w * 0.16, y1 + h * 0.28, x1 + w * 0.32, y1 + h * 0.52), fill=(238, 130, 112))
    pen.line((x1 + w * 0.5, y1 + h * 0.24, x1 + w * 0.56, y1), fill=(92, 60, 30), width=max(3, int(w * 0.06)))
    pen.ellipse((x1 + w * 0.56, y1 + h * 0.02, x1 + w * 0.82, y1 + h * 0.14), fill=(86, 150, 60))


def _cheese(pen: Brush, x1: int, y1: int, x2: int, y2: int, chance: float) -> None:
    w, h = x2 - x1, y2 - y1
    gold = (240, 188 + int(20 * chance), 70)
    pen.polygon([(x1, y1 + h * 0.5), (x2 - 1, y1), (x2 - 1, y1 + h * 0.5)], fill=(250, 220, 130))
    pen.rectangle((x1, y1 + h * 0.5, x2 - 1, y2 - 1), fill=gold)
    for at, down, size in ((0.16, 0.62, 0.12), (0.46, 0.7, 0.16), (0.76, 0.58, 0.13)):
        pen.ellipse(
            (x1 + w * at, y1 + h * down, x1 + w * (at + size), y1 + h * (down + size * 1.5)),
            fill=(205, 148, 40),
        )


def _jam(pen: Brush, x1: int, y1: int, x2: int, y2: int, chance: float) -> None:
    w, h = x2 - x1, y2 - y1
    dark = (122, 20, 52 + int(50 * chance))
    pen.rounded_rectangle((x1, y1 + h * 0.2, x2 - 1, y2 - 1), radius=w * 0.16, fill=dark)
    pen.rectangle((x1 + w * 0.08, y1, x2 - w * 0.08, y1 + h * 0.2), fill=(206, 206, 196))
    pen.rectangle((x1 + w * 0.06, y1 + h * 0.42, x2 - w * 0.06, y1 + h * 0.78), fill=(248, 240, 220))
    pen.ellipse((x1 + w * 0.36, y1 + h * 0.48, x1 + w * 0.64, y1 + h * 0.72), fill=dark)


DRAWN: dict[str, Callable[..., None]] = {"milk": _milk, "apple": _apple, "cheese": _cheese, "jam": _jam}
