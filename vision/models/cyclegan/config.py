from dataclasses import dataclass

from vision.config import choice, number, switch


@dataclass(frozen=True)
class CycleGanConfig:
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
        128, 32, 1024, "Pixels a side of the crops that it learns from: a multiple of 4."
    )
    epochs: int = number(40, 1, 2000, "How often it is measured, and shows what it makes.")
    steps: int = number(100, 1, 100_000, "Steps an epoch, each of one batch.")
    keep: str = choice(
        "best", ("best", "last"), "The epoch nearest to validation photographs, or the last one."
    )
    blocks: str = choice(
        "auto", ("auto", "6", "9"), "Residual blocks: by the paper 6 below 256 pixels, else 9."
    )
    mirror: bool = switch(True, "Mirror crops at random.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    filters: int = number(64, 4, 256, "Channels of the generators' first level.", advanced=True)
    rival_filters: int = number(64, 4, 256, "Channels of the discriminators' first level.", advanced=True)
    patch: int = number(
        3,
        1,
        4,
        "Steps down of the discriminators: with 3 they judge patches of 70 × 70 pixels.",
        advanced=True,
    )
    batch_size: int = number(1, 1, 64, "Crops a step of each domain.", advanced=True)
    learning_rate: float = number(2e-4, 1e-6, 1e-2, "Of Adam; it falls in the second half.", advanced=True)
    cycle: float = number(
        10.0, 0, 1000, "Weight of how far there and back again ends from where it began.", advanced=True
    )
    identity: float = number(
        0.5,
        0,
        10,
        "How much, beside the cycle, what is a photograph already has to stay as it is.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        if self.image_size % 4:
            raise ValueError("image_size: a multiple of 4 is expected")
        if self.image_size > self.load_size:
            raise ValueError("image_size: crops can be no larger than the pictures (load_size)")
        if self.image_size // 2**self.patch < 4:
            raise ValueError(f"patch: so many steps need crops of at least {4 * 2**self.patch} pixels")

    @property
    def depth(self) -> int:
        """Residual blocks."""
        return (6 if self.image_size < 256 else 9) if self.blocks == "auto" else int(self.blocks)
