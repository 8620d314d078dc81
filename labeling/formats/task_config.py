"""Label Studio's labeling config: where in a task the image and its category stand, and which choices there are.

Its own `LabelInterface` reads it, which only workers have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.formats.items import UNWRITABLE, BadFormat
from labeling.formats.tasks import CONTROLS, OBJECT, TRIMAP, config

LARGEST = 256 * 1024  # of a config.xml: a thousand choices are a tenth of it
MOST = 1000  # categories
DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")  # it speaks of bytes, and the parser is given text
TAGS = {"classification": "Choices", "detection": "RectangleLabels", "matting": "BrushLabels"}
WANTED = {
    "classification": "an image has one category here", "detection": "an image has boxes here",
    "matting": "an image has a matte here",
}  # fmt: skip
THE_ONE = {"classification": "is the category", "detection": "gives the boxes", "matting": "gives the matte"}
SAID = 200  # characters of what Label Studio says


@dataclass(frozen=True)
class Reading:
    """How tasks are read. Without a config nothing names the image's key, and choices of any control count."""

    key: str = ""
    control: str = ""
    object: str = ""
    interface: Any = None
    kind: str = "classification"  # of the project

    def regions(self, results: Any) -> list[dict[str, Any]]:
        """What of an annotation's results gives the category, the boxes, or the matte with its trimap."""
        counted = (self.control, TRIMAP) if self.kind == "matting" else (self.control,)
        return [
            result for result in (results if isinstance(results, list) else [])
            if isinstance(result, dict) and result.get("type") == TAGS[self.kind].lower() and isinstance(result.get("value"), dict)
            and (not self.control or result.get("from_name") in counted)
        ]  # fmt: skip

    def is_trimap(self, region: dict[str, Any]) -> bool:
        """Whether it is none of the matte, as our own config has it."""
        return region.get("from_name") == TRIMAP != self.control

    def with_names(self, names: Iterable[str]) -> Reading:
        """One that can check, by a config that is made of the names where there is none. Raises BadFormat."""
        wanted = [name for name in dict.fromkeys(names) if name and not UNWRITABLE.search(name)]
        if self.interface or not wanted or self.kind == "matting":  # a matte is of no category
            return self
        if len(wanted) > MOST:
            raise BadFormat(f"The tasks name more than {MOST:,} categories.")
        return Reading(self.key, self.control, "", config(wanted, self.kind), self.kind)

    def wrong(self, regions: Sequence[dict[str, Any]]) -> str:
        """Why Label Studio would not have these in an annotation; empty if it would."""
        if not (regions and self.interface):
            return ""
        if not self.object:  # our config: theirs may have called its parts by other names
            regions = [{**region, "from_name": CONTROLS[self.kind], "to_name": OBJECT} for region in regions]
        plain = [{**region, "value": _in_short(region["value"])} for region in regions]
        errors = self.interface.validate_prediction({"result": plain}, return_errors=True)
        return f"Label Studio would refuse its label: {errors[0][:SAID]}" if errors else ""


def reading_of(data: bytes, control: str = "", kind: str = "classification") -> Reading:
    """What a config.xml says, with the named one of its Choices, RectangleLabels or BrushLabels. Raises BadFormat."""
    tag = TAGS[kind]
    interface = _interface(data)
    images = {
        one.name: one.value_name for one in interface.objects if one.tag.lower() == "image" and one.value_is_variable
    }  # fmt: skip
    choices = {
        one.name: [name for name in one.to_name if name in images]
        for one in interface.controls if one.tag.lower() == tag.lower() and set(one.to_name) & images.keys()
    }  # fmt: skip
    if kind == "matting" and control != TRIMAP and len(choices) > 1:
        choices.pop(TRIMAP, None)
    there = ", ".join(name[:100] for name in sorted(choices)[:20])
    if not choices:
        raise BadFormat(f"The config.xml has no {tag} of an Image: {WANTED[kind]}.")
    if control and control not in choices:
        raise BadFormat(f"The config.xml has no {tag} called {control}: there are {there}.")
    if len(choices) > 1 and not control:
        raise BadFormat(
            f"The config.xml has several {tag}: name the one that {THE_ONE[kind]} ({there}) as the control of these tasks."
        )
    chosen = control or next(iter(choices))
    if len(choices[chosen]) > 1:
        raise BadFormat(f"The {tag} {chosen[:100]} belong to several Images: one task is one image here.")
    return Reading(images[choices[chosen][0]], chosen, choices[chosen][0], interface, kind)


def _in_short(value: dict[str, Any]) -> dict[str, Any]:
    """Of a stroke all but its bytes, which have been looked at, and which Label Studio's checks would go through twice."""
    return {**value, "rle": [0]} if "rle" in value else value


def _interface(data: bytes) -> Any:
    from label_studio_sdk.label_interface import LabelInterface

    if len(data) > LARGEST:
        raise BadFormat(f"The config.xml is larger than {LARGEST // 1024} KB.")
    try:
        text = DECLARATION.sub("", data.decode("utf-8-sig"), count=1)
    except UnicodeDecodeError as error:
        raise BadFormat("The config.xml is not written in UTF-8: save it as such.") from error
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise BadFormat("The config.xml has a DOCTYPE, which is not read: take it out.")
    try:
        interface = LabelInterface(text)
        interface.validate()
    except Exception as error:  # it raises what its parsers and validators raise
        raise BadFormat(f"Label Studio would refuse the config.xml: {str(error)[:SAID]}") from error
    return interface
