"""Mattes that imports bring: made of what was sent, stored when their image's turn comes, and named by labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labeling.formats.items import MATTES, Item
from labeling.formats.matte_parts import BadPart, MatteMaker
from labeling.imagefiles import RejectedImage
from labeling.kinds import Result
from labeling.services.mattes import matte_store

Labels = tuple[list[Result], Sequence[tuple[str, str]]]  # and what is wrong with them, by place


def mattes_bring(*, project_id: int, item: Item, maker: MatteMaker) -> Labels:
    """The labels {alpha, trimap?} of an item, whose mattes are stored once all of them are good. Raises StorageFull."""
    said, faults = item.results(*maker.size)
    if faults:
        return [], faults
    try:
        made = [_made(label, item, maker) for label in said]
    except BadPart as error:
        return [], [(error.place or item.key, str(error))]
    labels = []
    for label in made:
        result: dict[str, Any] = {}
        for name, (png, place) in label.items():
            try:
                result[name] = matte_store(project_id=project_id, data=png).sha256
            except RejectedImage as error:
                return [], [(place, str(error))]
        labels.append(result)
    return labels, []


def _made(label: dict[str, Any], item: Item, maker: MatteMaker) -> dict[str, tuple[bytes, str]]:
    """The PNGs, each with its place."""
    if not label.get("alpha") and label.get("trimap"):
        raise BadPart(maker.place(label["trimap"]), "There is a trimap, and no matte.")
    there = [name for name in MATTES if name == "alpha" or label.get(name)]
    return {
        name: (maker.png(label[name], trimap=name == "trimap"), maker.place(label[name]) or item.key)
        for name in there
    }
