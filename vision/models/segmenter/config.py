from dataclasses import dataclass

from vision.config import choice


@dataclass(frozen=True)
class SegmenterConfig:
    weights: str = choice(
        "isnet",
        ("isnet", "named"),
        "ISNet of a package, which finds whatever stands in front, or the file that FRAMELOOP_MATTING names.",
    )
    refinement: str = choice(
        "none",
        ("guided", "none"),
        "Alpha follows the edges of the image in its own size, or is only scaled up.",
    )
    colours: str = choice(
        "unit",
        ("unit", "centred", "imagenet", "bytes"),
        "What a named file expects: 0 to 1, -1 to 1, ImageNet's mean and spread, or 0 to 255.",
    )
