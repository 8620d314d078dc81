"""Training CycleGAN (Zhu et al. 2017): there and back again, without pairs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vision.gan.domains import Domain
from vision.gan.loop import Losses, precision
from vision.gan.networks import PatchDiscriminator, ResnetGenerator
from vision.gan.pool import ImagePool
from vision.gan.translation import Domains, Game, TranslatorTrainer
from vision.models.cyclegan.config import CycleGanConfig


class CycleGan(Game):
    """`there` makes photographs of renders, `back` renders of photographs; each has a rival in the domain that it makes."""

    def __init__(self, config: CycleGanConfig, domains: Domains, device: str) -> None:
        self.config = config
        torch.manual_seed(config.seed)
        self.there, self.back = (ResnetGenerator(config.depth, config.filters) for _ in range(2))
        self.rival_there, self.rival_back = (
            PatchDiscriminator(3, config.rival_filters, config.patch) for _ in range(2)
        )
        super().__init__(
            config, domains, device,
            {"there": self.there, "back": self.back, "rival_there": self.rival_there, "rival_back": self.rival_back}, served=self.there,
            optimized={"generators": [self.there, self.back], "rivals": [self.rival_there, self.rival_back]},
        )  # fmt: skip
        self.pools = {"there": ImagePool(), "back": ImagePool()}

    def step(self, random: torch.Generator) -> Losses:
        return self.update(
            self._drawn(self.domains.source, random), self._drawn(self.domains.target, random), random
        )

    def _drawn(self, domain: Domain, random: torch.Generator) -> Tensor:
        chosen = torch.randint(len(domain.pictures), (self.config.batch_size,), generator=random).tolist()
        batch = self.crops.draw([domain.pictures[n] for n in chosen], random)
        return batch.to(self.device, memory_format=torch.channels_last)

    def update(self, source: Tensor, target: Tensor, random: torch.Generator) -> Losses:
        """One step of all four, on crops [B, 3, S, S] of both domains."""
        rivals = (self.rival_there, self.rival_back)
        for rival in rivals:  # their gradients would be worked out for nothing
            rival.requires_grad_(False)
        identity = self.config.identity * self.config.cycle
        with precision(self.device):
            # A generator's translation and what it should leave as it is are one batch: an image's statistics are its own.
            made_there, kept_there = _split(self.there, source, target, identity)
            made_back, kept_back = _split(self.back, target, source, identity)
            again_source, again_target = self.back(made_there), self.there(made_back)
            said_there, said_back = self.rival_there(made_there), self.rival_back(made_back)
        fooled = _squared(said_there, 1.0) + _squared(said_back, 1.0)
        cycle = (again_source.float() - source).abs().mean() + (again_target.float() - target).abs().mean()
        total = fooled + self.config.cycle * cycle
        same = fooled.new_zeros(())
        if kept_there is not None and kept_back is not None:
            same = (kept_there.float() - target).abs().mean() + (kept_back.float() - source).abs().mean()
            total = total + identity * same
        self.optimizers["generators"].zero_grad(set_to_none=True)
        total.backward()
        self.optimizers["generators"].step()
        for rival in rivals:
            rival.requires_grad_(True)
        shown_there = self.pools["there"].exchange(made_there.float(), random)
        shown_back = self.pools["back"].exchange(made_back.float(), random)
        lost = self._rivals_step(source, target, shown_there, shown_back)
        return {
            "generators": float(fooled.detach()), "cycle": float(cycle.detach()), "identity": float(same.detach()), "rivals": lost,
        }  # fmt: skip

    def _rivals_step(self, source: Tensor, target: Tensor, made_there: Tensor, made_back: Tensor) -> float:
        """Halved, as in section 4."""
        with precision(self.device):
            said_there = self.rival_there(torch.cat([target, made_there]))
            said_back = self.rival_back(torch.cat([source, made_back]))
        total = said_there.new_zeros((), dtype=torch.float32)
        for said in (said_there, said_back):
            real, false = said.chunk(2)
            total = total + (_squared(real, 1.0) + _squared(false, 0.0)) / 2
        self.optimizers["rivals"].zero_grad(set_to_none=True)
        total.backward()
        self.optimizers["rivals"].step()
        return float(total.detach())

    def extras(self) -> dict[str, dict[str, Tensor]]:
        return {name: pool.state() for name, pool in self.pools.items()}

    def restore(self, extras: dict[str, dict[str, Tensor]]) -> None:
        for name, pool in self.pools.items():
            pool.restore(extras.get(name, {}), self.device)


def _split(generator: nn.Module, translate: Tensor, keep: Tensor, identity: float) -> tuple[Tensor, Any]:
    if not identity:
        return generator(translate), None
    made, kept = generator(torch.cat([translate, keep])).chunk(2)
    return made, kept


def _squared(said: Tensor, truth: float) -> Tensor:
    """Least squares (Mao et al. 2017)."""
    return ((said.float() - truth) ** 2).mean()


class CycleGanTrainer(TranslatorTrainer):
    name, game = "cyclegan", CycleGan
