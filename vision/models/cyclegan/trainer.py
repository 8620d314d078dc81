"""Training CycleGAN (Zhu et al. 2017): there and back again, without pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from vision.base import Checkpoint, Progress, Sample
from vision.gan.domains import Crops, Domain, fingerprint
from vision.gan.loop import Losses, Run, decayed, precision
from vision.gan.networks import PatchDiscriminator, ResnetGenerator
from vision.gan.pool import ImagePool
from vision.gan.translation import MEASURED, Domains, Shown
from vision.models.cyclegan.config import CycleGanConfig

if TYPE_CHECKING:
    from vision.base import RGBImage

BETAS = (0.5, 0.999)


class CycleGanTrainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: CycleGanConfig, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Raises Stopped, and ValueError where a domain is empty."""
        out.mkdir(parents=True, exist_ok=True)
        domains = Domains.of(data, config, should_stop)
        used = [s for s in data if s.split in ("train", "val")]
        facts = {
            "images": {
                "source": len(domains.source.ids),
                "target": len(domains.target.ids),
                "real": len(domains.real.ids),
            }
        }
        return Run(
            "cyclegan", CycleGan(config, domains, device), config, out, key=fingerprint(used, config), real=domains.real.pictures,
            before=domains.shown.pictures[:MEASURED], device=device, categories=list(categories), facts=facts,
        ).train(on_progress, should_stop)  # fmt: skip


class CycleGan:
    """`there` makes photographs of renders, `back` renders of photographs; each has a rival in the domain that it makes."""

    def __init__(self, config: CycleGanConfig, domains: Domains, device: str) -> None:
        self.config, self.domains, self.device = config, domains, device
        torch.manual_seed(config.seed)
        self.there, self.back = (ResnetGenerator(config.depth, config.filters).to(device) for _ in range(2))
        self.rival_there, self.rival_back = (
            PatchDiscriminator(3, config.rival_filters, config.patch).to(device) for _ in range(2)
        )
        self.networks: dict[str, nn.Module] = {
            "there": self.there, "back": self.back, "rival_there": self.rival_there, "rival_back": self.rival_back,
        }  # fmt: skip
        for network in self.networks.values():
            network.to(memory_format=torch.channels_last)

        def adam(*networks: nn.Module) -> torch.optim.Optimizer:
            parameters = list(chain.from_iterable(network.parameters() for network in networks))
            return torch.optim.Adam(parameters, config.learning_rate, BETAS, fused=True)

        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "generators": adam(self.there, self.back), "rivals": adam(self.rival_there, self.rival_back),
        }  # fmt: skip
        self.pools = {"there": ImagePool(), "back": ImagePool()}
        self.crops = Crops(config.image_size, mirror=config.mirror)
        self.shown = Shown(domains, self.there, device)

    def begin_epoch(self, epoch: int, random: torch.Generator) -> None:
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = self.config.learning_rate * decayed(epoch, self.config.epochs)

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

    def made(self) -> list[RGBImage]:
        return self.shown.made()

    def samples(self) -> list[tuple[str, list[RGBImage]]]:
        return self.shown.samples()

    def served(self) -> dict[str, Tensor]:
        return self.there.state_dict()

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
