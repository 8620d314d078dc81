from dataclasses import dataclass

from vision.config import choice, number
from vision.gan.config import TranslatorConfig


@dataclass(frozen=True)
class CycleGanConfig(TranslatorConfig):
    blocks: str = choice(
        "auto", ("auto", "6", "9"), "Residual blocks: by the paper 6 below 256 pixels, else 9."
    )
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

    @property
    def depth(self) -> int:
        """Residual blocks."""
        return (6 if self.image_size < 256 else 9) if self.blocks == "auto" else int(self.blocks)
