"""What training either translator has in common: its domains, its networks and optimizers, and what is shown and measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from vision.base import Checkpoint, Progress, Sample
from vision.gan.config import TranslatorConfig
from vision.gan.domains import SOURCE, TARGET, Crops, Domain, fingerprint, load_domain, to_images, to_tensor
from vision.gan.loop import Losses, Run, decayed

if TYPE_CHECKING:
    from vision.base import RGBImage

BETAS = (0.5, 0.999)  # of Adam, as both papers have it
SHOWN, MEASURED = 4, 64  # pictures of a sheet, and of the measure


@dataclass(frozen=True)
class Domains:
    """Of both domains what is learned from; the renders that are shown and measured; and the photographs to compare them with."""

    source: Domain
    target: Domain
    shown: Domain
    real: Domain

    @classmethod
    def of(cls, data: Sequence[Sample], config: TranslatorConfig, should_stop: Callable[[], bool]) -> Domains:
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


class Game:
    """The networks that learn against each other, and their optimizers; `served` is the one that translates."""

    def __init__(
        self, config: TranslatorConfig, domains: Domains, device: str, networks: dict[str, nn.Module], *, served: nn.Module,
        optimized: Mapping[str, Sequence[nn.Module]],
    ) -> None:  # fmt: skip
        self.domains, self.device, self.networks = domains, device, networks
        for network in networks.values():
            network.to(device).to(memory_format=torch.channels_last)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(
                list(chain.from_iterable(network.parameters() for network in some)), config.learning_rate, BETAS, fused=True
            )
            for name, some in optimized.items()
        }  # fmt: skip
        self.crops = Crops(config.image_size, mirror=config.mirror)
        self._rate, self._epochs = config.learning_rate, config.epochs
        self._served, self._made = served, list["RGBImage"]()

    def begin_epoch(self, epoch: int, random: torch.Generator) -> None:
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = self._rate * decayed(epoch, self._epochs)

    def step(self, random: torch.Generator) -> Losses:
        raise NotImplementedError

    def made(self) -> list[RGBImage]:
        self._made = translated(self._served, self.domains.shown.pictures[:MEASURED], self.device)
        return self._made

    def samples(self) -> list[tuple[str, list[RGBImage]]]:
        """The same renders after each epoch, before beside after."""
        before = self.domains.shown.pictures[:SHOWN]
        after = self._made[:SHOWN] or translated(self._served, before, self.device)
        self._made = []
        return [
            (id, [one, other]) for id, one, other in zip(self.domains.shown.ids, before, after, strict=False)
        ]

    def served(self) -> dict[str, Tensor]:
        return self._served.state_dict()

    def extras(self) -> dict[str, dict[str, Tensor]]:
        return {}

    def restore(self, extras: dict[str, dict[str, Tensor]]) -> None:
        pass


class TranslatorTrainer:
    name: ClassVar[str]
    game: ClassVar[type[Any]]  # made of its config, domains and device

    def fit(
        self, data: Sequence[Sample], out: Path, config: Any, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Raises Stopped, and ValueError where a domain is empty, or nothing pairs where pairs are aligned."""
        out.mkdir(parents=True, exist_ok=True)
        domains = Domains.of(data, config, should_stop)
        used = [s for s in data if s.split in ("train", "val")]
        counts = {name: len(getattr(domains, name).ids) for name in ("source", "target", "real")}
        return Run(
            self.name, self.game(config, domains, device), config, out, key=fingerprint(used, config), real=domains.real.pictures,
            before=domains.shown.pictures[:MEASURED], device=device, categories=list(categories), facts={"images": counts},
        ).train(on_progress, should_stop)  # fmt: skip
