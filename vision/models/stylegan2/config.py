from dataclasses import dataclass

from vision.config import choice, number, switch


@dataclass(frozen=True)
class StyleGan2Config:
    image_size: int = number(64, 16, 256, "Pixels a side of the pictures that it makes: a power of 2.")
    photographs: str = choice(
        "learned",
        ("learned", "all"),
        "Photographs to be like: those that models learn from, or all but the held-out ones. What has no side yet is then never "
        "held out.",
    )
    load_size: int = number(96, 16, 2048, "Pixels of a photograph's longer side, of which crops are taken.")
    epochs: int = number(40, 1, 5000, "How often it is measured, and shows what it makes.")
    steps: int = number(100, 1, 100_000, "Steps an epoch, each of one batch.")
    keep: str = choice(
        "best", ("best", "last"), "The epoch nearest to validation photographs, or the last one."
    )
    augment: bool = switch(
        True, "Augment what the discriminator sees, as much as it overfits (ADA): for few photographs."
    )
    mirror: bool = switch(True, "Mirror photographs at random.")
    truncation: float = number(
        0.7, 0, 1, "How far from the average pictures may be: less of it is safer and more alike."
    )
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    batch_size: int = number(8, 2, 256, "Photographs a step.", advanced=True)
    learning_rate: float = number(2.5e-3, 1e-6, 1e-1, "Of Adam.", advanced=True)
    gamma: float = number(
        0.0,
        0,
        1000,
        "Weight of the gradient penalty (R1); 0 takes what the paper's authors take for the size.",
        advanced=True,
    )
    style_size: int = number(256, 8, 1024, "Numbers of a style.", advanced=True)
    layers: int = number(
        2, 1, 8, "Layers from noise to style: 8 in the paper, 2 for small sets.", advanced=True
    )
    channels: int = number(128, 4, 512, "The most channels of a level.", advanced=True)
    base: int = number(4096, 64, 65536, "Channels times pixels a side, below the most.", advanced=True)
    target: float = number(
        0.6, 0, 1, "How sure of photographs the discriminator may be before more is augmented.", advanced=True
    )
    ada_kimg: float = number(
        100.0, 0.1, 5000, "Thousand photographs in which augmentation can go from none to all.", advanced=True
    )
    ema_kimg: float = number(
        2.5,
        0.01,
        500,
        "Thousand photographs that halve what an average of the weights remembers.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        if self.image_size & (self.image_size - 1):
            raise ValueError("image_size: a power of 2 is expected")
        if self.image_size > self.load_size:
            raise ValueError("image_size: crops can be no larger than the pictures (load_size)")

    @property
    def r1(self) -> float:
        """0.0002 · pixels / batch: `--cfg=auto` of Karras et al. 2020."""
        return self.gamma or 0.0002 * self.image_size**2 / self.batch_size
