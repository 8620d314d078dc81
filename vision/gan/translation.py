"""What training either translator begins with: its domains, and what is shown and measured as it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from vision.base import Sample
from vision.gan.domains import SOURCE, TARGET, Domain, load_domain, to_images, to_tensor

if TYPE_CHECKING:
    from vision.base import RGBImage

SHOWN, MEASURED = 4, 64  # pictures of a sheet, and of the measure


@dataclass(frozen=True)
class Domains:
    """Of both domains what is learned from; the renders that are shown and measured; and the photographs to compare them with."""

    source: Domain
    target: Domain
    shown: Domain
    real: Domain

    @classmethod
    def of(cls, data: Sequence[Sample], config: Any, should_stop: Callable[[], bool]) -> Domains:
        """Raises Stopped, and ValueError where a domain is empty."""

        def loaded(category: str, split: str) -> Domain:
            return load_domain(
                data,
                category,
                split,
                load_size=config.load_size,
                least=config.image_size,
                should_stop=should_stop,
            )

        source, target = loaded(SOURCE, "train"), loaded(TARGET, "train")
        if not source.pictures or not target.pictures:
            raise ValueError("Pictures of both domains are needed: renders, and photographs to be like.")
        shown = loaded(SOURCE, "val")
        return cls(source, target, shown if len(shown.pictures) > 1 else source, loaded(TARGET, "val"))


@torch.no_grad()
def translated(network: nn.Module, pictures: Sequence[RGBImage], device: str) -> list[RGBImage]:
    """One by one, as the predictor does it; the network is left as it was."""
    training = network.training
    network.eval()
    made = [to_images(network(to_tensor(picture[None]).to(device)))[0] for picture in pictures]
    network.train(training)
    return made


class Shown:
    """The same renders after each epoch, before beside after."""

    def __init__(self, domains: Domains, network: nn.Module, device: str) -> None:
        self.domains, self.network, self.device = domains, network, device
        self.latest: list[RGBImage] = []

    def made(self) -> list[RGBImage]:
        self.latest = translated(self.network, self.domains.shown.pictures[:MEASURED], self.device)
        return self.latest

    def samples(self) -> list[tuple[str, list[RGBImage]]]:
        before = self.domains.shown.pictures[:SHOWN]
        after = self.latest[:SHOWN] or translated(self.network, before, self.device)
        self.latest = []
        return [
            (id, [one, other]) for id, one, other in zip(self.domains.shown.ids, before, after, strict=False)
        ]
