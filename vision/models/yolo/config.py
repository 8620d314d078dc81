from dataclasses import dataclass

from vision.config import choice, number


@dataclass(frozen=True)
class YoloConfig:
    size: str = choice(
        "n",
        ("n", "s", "m", "l", "x"),
        "Of YOLO11, from nano to extra large: larger ones see more and take longer.",
    )
    epochs: int = number(100, 1, 1000, "Passes over the training images.")
    image_size: int = number(
        640, 64, 1280, "Pixels of the longer side, a multiple of 32: small things need more of them."
    )
    augmentation: str = choice(
        "medium",
        ("none", "light", "medium", "strong"),
        "Four images in one, mirror, shift, scale and recolour.",
    )
    patience: int = number(50, 1, 1000, "Epochs without a better validation score before it stops.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    batch_size: int = number(
        0, 0, 256, "Images a step; 0: an eighth of the training images, from 4 to 16.", advanced=True
    )
    learning_rate: float = number(
        0.0, 0, 0.1, "0: chosen by the number of steps and categories.", advanced=True
    )

    def batch(self, images: int) -> int:
        """Images a step: with few of them, small steps, for a hundred epochs of two steps teach nothing."""
        return self.batch_size or min(16, max(4, images // 8))
