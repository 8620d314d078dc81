"""What every translator is asked: its crops, its epochs, its discriminator."""

from dataclasses import dataclass

from vision.config import choice, number, switch


@dataclass(frozen=True)
class TranslatorConfig:
    photographs: str = choice(
        "learned",
        ("learned", "all"),
        "Photographs to be like: those that models learn from, or all but the held-out ones. What has no side yet is then never "
        "held out.",
    )
    load_size: int = number(
        320,
        32,
        2048,
        "Pixels of a picture's longer side, as the detector sees it: small things must survive.",
    )
    image_size: int = number(
        128, 32, 1024, "Pixels a side of the crops that it learns from: a multiple of 16."
    )
    epochs: int = number(40, 1, 2000, "How often it is measured, and shows what it makes.")
    steps: int = number(100, 1, 100_000, "Steps an epoch, each of one batch.")
    keep: str = choice(
        "best", ("best", "last"), "The epoch nearest to validation photographs, or the last one."
    )
    mirror: bool = switch(True, "Mirror crops at random.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    filters: int = number(64, 4, 256, "Channels of a generator's first level.", advanced=True)
    rival_filters: int = number(64, 4, 256, "Channels of a discriminator's first level.", advanced=True)
    patch: int = number(
        3, 1, 4, "Steps down of a discriminator: with 3 it judges patches of 70 × 70 pixels.", advanced=True
    )
    batch_size: int = number(1, 1, 64, "Crops a step.", advanced=True)
    learning_rate: float = number(2e-4, 1e-6, 1e-2, "Of Adam; it falls in the second half.", advanced=True)

    def __post_init__(self) -> None:
        if self.image_size % 16:
            raise ValueError("image_size: a multiple of 16 is expected")
        if self.image_size > self.load_size:
            raise ValueError("image_size: crops can be no larger than the pictures (load_size)")
        if self.image_size // 2**self.patch < 4:
            raise ValueError(f"patch: so many steps need crops of at least {4 * 2**self.patch} pixels")
