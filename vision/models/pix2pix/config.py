from dataclasses import dataclass

from vision.config import choice, number
from vision.gan.config import TranslatorConfig


@dataclass(frozen=True)
class Pix2PixConfig(TranslatorConfig):
    pairs: str = choice(
        "redrawn",
        ("aligned", "fixed", "redrawn"),
        "What a render is compared with: the photograph of its own name; or any photograph, the same one all the time or another "
        "one in each epoch.",
    )
    l1: float = number(100.0, 0, 1000, "Weight of the mean difference from the photograph.", advanced=True)
    dropout: float = number(
        0.5, 0, 0.9, "The paper's only noise: it learns with it, and translates without.", advanced=True
    )

    @property
    def depth(self) -> int:
        """Halvings down to the bottleneck: one pixel of a crop of a power of 2 up to 256."""
        return min(8, (self.image_size & -self.image_size).bit_length() - 1)
