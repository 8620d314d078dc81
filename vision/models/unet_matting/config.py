from dataclasses import dataclass

from vision.config import choice, number, switch

# Of a prior that has none, while a network adds to its logits: without it, nothing is learned where that is wrong.
DOUBT = 0.05


@dataclass(frozen=True)
class UnetMattingConfig:
    image_size: int = number(
        256, 32, 1024, "Pixels on each side of what the network sees: hair needs more of them."
    )
    encoder: str = choice(
        "efficientnet_lite0",
        ("efficientnet_lite0", "scratch"),
        "The network's way down: pretrained on ImageNet, or from scratch.",
    )
    prior: str = choice(
        "none",
        ("none", "isnet", "named"),
        "Begin with what a packaged segmenter says of each image (isnet, or the file that FRAMELOOP_MATTING names), and learn "
        "what it gets wrong: good from few images, but predictions take as long as both.",
    )
    epochs: int = number(60, 1, 2000, "Passes over the training images.")
    augmentation: str = choice(
        "medium", ("none", "light", "medium", "strong"), "Mirror, shift, turn, scale and recolour."
    )
    backgrounds: float = number(
        0.3, 0, 1, "The share of training images whose foreground is put before another background."
    )
    refinement: str = choice(
        "guided",
        ("guided", "none"),
        "Alpha follows the edges of the image in its own size, or is only scaled up.",
    )
    patience: int = number(30, 1, 2000, "Epochs without a better validation score before it stops.")
    seed: int = number(0, 0, 2**31 - 1, "The same seed and data give the same model on a CPU.")
    depth: int = number(
        4,
        2,
        6,
        "How many times a network from scratch halves the image; the pretrained one does five times.",
        advanced=True,
    )
    width: int = number(
        24,
        4,
        128,
        "Channels of the first level; from scratch, each further one has twice as many.",
        advanced=True,
    )
    normalization: str = choice(
        "group",
        ("group", "batch", "instance"),
        "Of the layers that are not pretrained. Groups learn from few images, too; batch wants many steps of eight images.",
    )
    batch_size: int = number(8, 1, 256, "Images a step.", advanced=True)
    learning_rate: float = number(
        1e-3, 1e-6, 1e-1, "Of AdamW; pretrained layers learn a fifth as fast.", advanced=True
    )
    weight_decay: float = number(0.01, 0, 1, "Of AdamW.", advanced=True)
    l1: float = number(1.0, 0, 100, "Weight of the mean difference of alpha.", advanced=True)
    laplacian: float = number(
        1.0, 0, 100, "Weight of the differences between alphas' Laplacian pyramids.", advanced=True
    )
    composition: float = number(
        0.5, 0, 100, "Weight of how much a composition with that alpha would be off.", advanced=True
    )
    mse: float = number(0.0, 0, 100, "Weight of the mean squared difference.", advanced=True)
    foreground: bool = switch(
        False, "Predict the whole cut-out, colours and alpha, and learn it by its mean squared difference."
    )

    def __post_init__(self) -> None:
        if not (self.l1 or self.laplacian or self.composition or self.mse):
            raise ValueError("l1: at least one of the four losses has to count")
        if self.foreground and self.prior != "none":
            raise ValueError("prior: what a segmenter says is an alpha, and no colours")
        if self.foreground and not self.mse:
            raise ValueError("mse: colours are learned by it, so it has to count")

    @property
    def inputs(self) -> int:
        """Channels of the network's input."""
        return 3 if self.prior == "none" else 4

    @property
    def side(self) -> int:
        """Pixels of the network's input: at least two are left at the bottom."""
        step = 2 ** (self.depth if self.encoder == "scratch" else 5)
        return max(2, round(self.image_size / step)) * step
