"""What an archive or a table says of one image, before anybody looks whether the image is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

SPLITS = {
    "": "", "none": "", "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
LONGEST_VIDEO = 10_000_000  # seconds


class BadFormat(ValueError):
    """Nothing of the file is taken. The message is the reason, for the person who sent it."""


@dataclass
class Item:
    """One image: a member of the archive, or one that is found by its hash, its address or its name."""

    member: str = ""
    sha256: str = ""
    url: str = ""
    name: str = ""
    labels: list[str] = field(default_factory=list)
    skipped: bool = False
    split: str = ""
    group: str = ""
    video_time: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    source_url: str = ""
    wrong: str = ""  # why it is not taken

    @property
    def key(self) -> str:
        """What people know it by; its labels' uuids are made of it, too."""
        return self.member or self.name or self.url or self.sha256

    def place(self, said: str) -> None:
        """Take a hash, an address or a name for what it is."""
        if SHA256.fullmatch(said):
            self.sha256 = said.lower()
        elif re.match(r"https?://", said, re.IGNORECASE):
            self.url = said
        else:
            self.name = said.replace("\\", "/").rsplit("/", 1)[-1]

    def merge(self, other: Item) -> None:
        """Another row about the same image."""
        self.labels += other.labels
        self.attributes |= other.attributes
        self.skipped |= other.skipped
        self.video_time = other.video_time if self.video_time is None else self.video_time
        for name in ("sha256", "url", "split", "group", "source_url", "wrong"):
            setattr(self, name, getattr(self, name) or getattr(other, name))


def split_of(said: str) -> str:
    """Raises ValueError for what is no split."""
    try:
        return SPLITS[said.strip().lower()]
    except KeyError:
        raise ValueError(f"The split {said[:50]} is none of train, val and test.") from None


def video_time_of(said: Any) -> float:
    """Raises ValueError for what is no moment of a video."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= LONGEST_VIDEO:
        raise ValueError("The video_time is no number of seconds.")
    return float(said)
