from dataclasses import dataclass

from vision.config import choice, number, switch


@dataclass(frozen=True)
class TwoStageConfig:
    crop: str = choice(
        "face",
        ("face", "head_shoulders", "image"),
        "What the classifier sees: gestures need more than the face.",
    )
    backbone: str = choice(
        "efficientnet_lite0",
        ("efficientnet_lite0", "scratch"),
        "Pretrained on ImageNet, or a small network from scratch.",
    )
    epochs: int = number(4, 1, 500, "Passes over the training images.")
    augmentation: str = choice(
        "medium", ("none", "light", "medium", "strong"), "Mirror, shift, turn, scale and recolour."
    )
    balance: bool = switch(True, "Weigh rare categories up.")
    patience: int = number(4, 1, 100, "Epochs without a better validation score before it stops.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    image_size: int = number(128, 32, 384, "Pixels on each side of the crop.", advanced=True)
    margin: float = number(0.3, 0, 2, "Around the face, as a share of its size.", advanced=True)
    batch_size: int = number(32, 2, 512, "Images a step.", advanced=True)
    learning_rate: float = number(
        3e-4, 1e-6, 1e-1, "Of the backbone's last blocks; the head learns ten times as fast.", advanced=True
    )
    weight_decay: float = number(0.05, 0, 1, "Of AdamW.", advanced=True)
    label_smoothing: float = number(0.1, 0, 0.5, "For labels that people disagree on.", advanced=True)
    dropout: float = number(0.3, 0, 0.9, "Before the head.", advanced=True)
    frozen_blocks: int = number(
        5, 0, 6, "Of the backbone's six blocks, how many keep their weights.", advanced=True
    )
