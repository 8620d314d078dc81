"""Training Pix2Pix (Isola et al. 2017): a conditional generator against a discriminator of patches, and the L1 distance from
what it should have made."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vision.gan.loop import Losses, precision
from vision.gan.networks import PatchDiscriminator, UnetGenerator
from vision.gan.translation import Domains, Game, TranslatorTrainer
from vision.models.pix2pix.config import Pix2PixConfig


class Pix2Pix(Game):
    """The game of one generator and one discriminator."""

    def __init__(self, config: Pix2PixConfig, domains: Domains, device: str) -> None:
        self.config = config
        torch.manual_seed(config.seed)
        self.generator = UnetGenerator(config.depth, config.filters, config.dropout)
        self.rival = PatchDiscriminator(6, config.rival_filters, config.patch)
        super().__init__(
            config, domains, device, {"generator": self.generator, "rival": self.rival}, served=self.generator,
            optimized={"generator": [self.generator], "rival": [self.rival]},
        )  # fmt: skip
        self.partners = self._aligned() if config.pairs == "aligned" else []

    def _aligned(self) -> list[tuple[int, int]]:
        places = {name: n for n, name in enumerate(self.domains.target.pairs) if name}
        found = [(n, places[name]) for n, name in enumerate(self.domains.source.pairs) if name in places]
        if not found:
            raise ValueError("No render has a photograph of its own name: choose random pairs.")
        return found

    def begin_epoch(self, epoch: int, random: torch.Generator) -> None:
        """Who is paired with whom, too."""
        super().begin_epoch(epoch, random)
        if self.config.pairs == "aligned":
            return
        drawn = random if self.config.pairs == "redrawn" else torch.Generator().manual_seed(self.config.seed)
        count = len(self.domains.target.pictures)
        partners = torch.randint(count, (len(self.domains.source.pictures),), generator=drawn).tolist()
        self.partners = list(enumerate(partners))

    def step(self, random: torch.Generator) -> Losses:
        chosen = torch.randint(len(self.partners), (self.config.batch_size,), generator=random).tolist()
        source, target = self.crops.draw_pairs(
            [self.domains.source.pictures[self.partners[n][0]] for n in chosen],
            [self.domains.target.pictures[self.partners[n][1]] for n in chosen], random,
        )  # fmt: skip
        move: Any = {"device": self.device, "memory_format": torch.channels_last}
        return self.update(source.to(**move), target.to(**move))

    def update(self, source: Tensor, target: Tensor) -> Losses:
        """One step of both, on crops [B, 3, S, S]."""
        with precision(self.device):
            made = self.generator(source)
        rival = self._rival_step(source, target, made.detach())
        self.rival.requires_grad_(False)  # its gradients would be worked out for nothing
        with precision(self.device):
            said = self.rival(torch.cat([source, made], 1))
        fooled = _crossentropy(said, 1.0)
        apart = (made.float() - target).abs().mean()
        total = fooled + self.config.l1 * apart
        self.optimizers["generator"].zero_grad(set_to_none=True)
        total.backward()
        self.optimizers["generator"].step()
        self.rival.requires_grad_(True)
        return {"generator": float(fooled.detach()), "l1": float(apart.detach()), "rival": rival}

    def _rival_step(self, source: Tensor, target: Tensor, made: Tensor) -> float:
        """Both pairs in one pass: an image's statistics are its own. Halved, as in section 3.3."""
        with precision(self.device):
            said = self.rival(
                torch.cat([torch.cat([source, target], 1), torch.cat([source, made.to(source.dtype)], 1)])
            )
        real, false = said.chunk(2)
        total = (_crossentropy(real, 1.0) + _crossentropy(false, 0.0)) / 2
        self.optimizers["rival"].zero_grad(set_to_none=True)
        total.backward()
        self.optimizers["rival"].step()
        return float(total.detach())


def _crossentropy(said: Tensor, truth: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(
        said.float(), torch.full_like(said, truth, dtype=torch.float32)
    )


class Pix2PixTrainer(TranslatorTrainer):
    name, game = "pix2pix", Pix2Pix
