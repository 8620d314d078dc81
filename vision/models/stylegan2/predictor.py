"""StyleGAN2 makes pictures of nothing but a seed; asked about an image, it takes the seed from that one's pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import torch

from vision.gan.domains import to_images
from vision.gan.translator import load_network
from vision.models.stylegan2.config import StyleGan2Config
from vision.models.stylegan2.network import Generator, noise_of
from vision.results import GeneratedImage

if TYPE_CHECKING:
    from vision.base import RGBImage

BATCH = 16


class StyleGan2Predictor:
    def __init__(self, config: StyleGan2Config, network: Generator, device: str) -> None:
        self.config, self.network, self.device = config, network.to(device), device

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        config, network, _ = load_network(checkpoint, "stylegan2", StyleGan2Config, Generator)
        return cls(config, cast(Generator, network), device)

    def predict(self, images: Sequence[RGBImage]) -> list[GeneratedImage]:
        seeds = [int.from_bytes(hashlib.sha256(image.tobytes()).digest()[:7], "big") for image in images]
        return [GeneratedImage(picture) for picture in self.generate(seeds)]

    @torch.no_grad()
    def generate(self, seeds: Sequence[int], *, truncation: float | None = None) -> list[RGBImage]:
        """A picture of each seed, uint8 [S, S, 3]; the same for the same seed."""
        share = self.config.truncation if truncation is None else truncation
        made: list[RGBImage] = []
        for start in range(0, len(seeds), BATCH):
            noise = torch.stack(
                [noise_of(seed, self.config.style_size) for seed in seeds[start : start + BATCH]]
            )
            made += list(to_images(self.network(noise.to(self.device), share)))
        return made
