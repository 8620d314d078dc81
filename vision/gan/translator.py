"""A trained generator that makes one picture of another; what both translators' predictors are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import cv2
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from vision import config as configs
from vision.base import CONFIG, WEIGHTS, BrokenCheckpoint, read_config
from vision.gan.domains import scaled, to_images, to_tensor
from vision.results import GeneratedImage

if TYPE_CHECKING:
    from vision.base import RGBImage


def load_network(
    checkpoint: Path, name: str, config_class: type[Any], build: Any
) -> tuple[Any, nn.Module, dict[str, Tensor]]:
    """The config, the network that `build(config)` makes, and the checkpoint's tensors, of which those of the network are in it.
    Raises BrokenCheckpoint."""
    described = read_config(checkpoint)
    if described.get("model") != name:
        raise BrokenCheckpoint(f"{CONFIG} is not one of {name}")
    try:
        config = configs.parse(config_class, described["config"])
        tensors = load_file(checkpoint / WEIGHTS)
        network: nn.Module = build(config)
        network.load_state_dict(
            {key: value for key, value in tensors.items() if not key.startswith("extra.")}
        )
    except Exception as error:  # a damaged file raises whatever it likes
        raise BrokenCheckpoint(f"{WEIGHTS} or {CONFIG} is damaged: {type(error).__name__}") from error
    return config, network.eval(), tensors


class Translator:
    """Its picture is as large as the image: what was in a box is in the same box."""

    name: ClassVar[str]
    config_class: ClassVar[type[Any]]

    def __init__(self, network: nn.Module, load_size: int, device: str) -> None:
        self.network, self.load_size, self.device = network.to(device), load_size, device

    @staticmethod
    def build(config: Any) -> nn.Module:
        raise NotImplementedError

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        config, network, _ = load_network(checkpoint, cls.name, cls.config_class, cls.build)
        return cls(network, config.load_size, device)

    @torch.no_grad()
    def predict(self, images: Sequence[RGBImage]) -> list[GeneratedImage]:
        return [GeneratedImage(self._translated(image)) for image in images]

    def _translated(self, image: RGBImage) -> RGBImage:
        """One by one: their sizes differ, and half a gigabyte of activations is enough at a time."""
        height, width = image.shape[:2]
        small = scaled(image, self.load_size)
        made = to_images(self.network(to_tensor(small[None]).to(self.device)))[0]
        if made.shape[:2] == (height, width):
            return made
        grows = made.shape[0] < height or made.shape[1] < width
        found: RGBImage = cv2.resize(
            made, (width, height), interpolation=cv2.INTER_CUBIC if grows else cv2.INTER_AREA
        )  # type: ignore[assignment]
        return found
