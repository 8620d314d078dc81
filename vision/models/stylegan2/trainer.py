"""Training StyleGAN2 with adaptive augmentation (Karras et al. 2020a and 2020b)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from vision.base import Checkpoint, Progress, Sample
from vision.gan.domains import TARGET, Crops, Domain, fingerprint, load_domain, to_images
from vision.gan.loop import Losses, Run, precision
from vision.models.stylegan2.augment import augment
from vision.models.stylegan2.config import StyleGan2Config
from vision.models.stylegan2.network import Discriminator, Generator, averaged, noise_of

if TYPE_CHECKING:
    from vision.base import RGBImage

R1_EVERY, PATH_EVERY, ADA_EVERY = (
    16,
    4,
    4,
)  # steps between penalties, and between looks at how much is augmented
PATH_WEIGHT, PATH_DECAY = 2.0, 0.01
BETAS, TINY = (0.0, 0.99), 1e-8
SHOWN, MEASURED, ROW = 4, 64, 4  # pictures of a sheet's row


class StyleGan2Trainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: StyleGan2Config, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Learns from the photographs alone. Raises Stopped, and ValueError where there are none."""
        out.mkdir(parents=True, exist_ok=True)
        photographs, real = (
            load_domain(
                data,
                TARGET,
                split,
                load_size=config.load_size,
                least=config.image_size,
                should_stop=should_stop,
            )
            for split in ("train", "val")
        )
        if not photographs.pictures:
            raise ValueError("Photographs to be like are needed.")
        used = [s for s in data if s.split in ("train", "val") and s.category == TARGET]
        middle = [_middle(picture, config.image_size) for picture in real.pictures]
        return Run(
            "stylegan2", StyleGan2(config, photographs, device), config, out, key=fingerprint(used, config), real=middle, before=[],
            device=device, categories=list(categories),
            facts={"images": {"source": 0, "target": len(photographs.ids), "real": len(real.ids)}},
        ).train(on_progress, should_stop)  # fmt: skip


class StyleGan2:
    """The game of a generator, whose average is what is kept, and a discriminator."""

    def __init__(self, config: StyleGan2Config, photographs: Domain, device: str) -> None:
        self.config, self.photographs, self.device = config, photographs, device
        torch.manual_seed(config.seed)
        self.generator, self.rival = Generator(config).to(device), Discriminator(config).to(device)
        self.average = copy.deepcopy(self.generator).eval()
        self.networks: dict[str, nn.Module] = {
            "generator": self.generator, "rival": self.rival, "average": self.average,
        }  # fmt: skip
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "generator": self._adam(self.generator, PATH_EVERY), "rival": self._adam(self.rival, R1_EVERY),
        }  # fmt: skip
        self.crops = Crops(config.image_size, mirror=config.mirror)
        self.chance = 0.0  # of each augmentation
        self.signs: list[float] = []
        self.path_mean = torch.zeros((), device=device)
        self.steps = 0

    def _adam(self, network: nn.Module, every: int) -> torch.optim.Optimizer:
        """As slow as it has to be where a penalty comes only now and then (appendix B)."""
        share = every / (every + 1)
        betas = (BETAS[0] ** share, BETAS[1] ** share)
        return torch.optim.Adam(
            network.parameters(), self.config.learning_rate * share, betas, TINY, fused=True
        )

    def begin_epoch(self, epoch: int, random: torch.Generator) -> None:
        self.average.eval()

    def step(self, random: torch.Generator) -> Losses:
        self.average.eval()
        losses = self._generator_step(random)
        if self.steps % PATH_EVERY == 0:
            losses["path"] = self._path_step(random)
        losses |= self._rival_step(random)
        seen = (self.steps + 1) * self.config.batch_size
        kept = min(self.config.ema_kimg * 1000, seen * 0.05)  # at first it forgets faster
        averaged(self.average, self.generator, 0.5 ** (self.config.batch_size / max(kept, TINY)))
        self.steps += 1
        return losses

    def _noise(self, random: torch.Generator, count: int) -> Tensor:
        return torch.randn(count, self.config.style_size, generator=random).to(self.device)

    def _seen(self, images: Tensor, random: torch.Generator) -> Tensor:
        return augment(images, self.chance, random) if self.config.augment else images

    def _generator_step(self, random: torch.Generator) -> Losses:
        self.rival.requires_grad_(False)
        with precision(self.device):
            made = self.generator(self._noise(random, self.config.batch_size))
            said = self.rival(self._seen(made, random))
        total = softplus(-said.float()).mean()
        self._update("generator", total)
        self.rival.requires_grad_(True)
        return {"generator": float(total.detach())}

    def _path_step(self, random: torch.Generator) -> float:
        """Section 3.2: a step in style changes the picture by as much wherever it is taken."""
        count = max(1, self.config.batch_size // 2)
        styles = self.generator.styles(self._noise(random, count)).contiguous()
        total = path_penalty(self.generator.synthesis, styles, torch.randn(
            count, 3, self.config.image_size, self.config.image_size, generator=random
        ).to(self.device), self.path_mean)  # fmt: skip
        self._update("generator", total * PATH_EVERY * PATH_WEIGHT)
        return float(total.detach())

    def _rival_step(self, random: torch.Generator) -> Losses:
        chosen = torch.randint(
            len(self.photographs.pictures), (self.config.batch_size,), generator=random
        ).tolist()
        real = self.crops.draw([self.photographs.pictures[n] for n in chosen], random).to(self.device)
        with torch.no_grad(), precision(self.device):
            made = self.generator(self._noise(random, self.config.batch_size))
        shown_made, shown_real = self._seen(made.float(), random), self._seen(real, random)
        with precision(self.device):
            said_made, said_real = self.rival(shown_made), self.rival(shown_real)
        total = softplus(said_made.float()).mean() + softplus(-said_real.float()).mean()
        losses = {"rival": float(total.detach())}
        self._update("rival", total)
        if self.steps % R1_EVERY == 0:
            penalty = gradient_penalty(self.rival, shown_real.detach())
            self._update("rival", penalty * (self.config.r1 / 2) * R1_EVERY)
            losses["r1"] = float(penalty.detach())
        self.signs.append(float(said_real.detach().float().sign().mean()))
        if self.config.augment and (self.steps + 1) % ADA_EVERY == 0:
            self._adapt()
        return {**losses, "augmented": self.chance}

    def _adapt(self) -> None:
        """More where the discriminator is surer of photographs than `target`, else less (Karras et al. 2020a, section 3)."""
        sure = sum(self.signs) / len(self.signs)
        step = len(self.signs) * self.config.batch_size / (self.config.ada_kimg * 1000)
        self.chance = min(1.0, max(0.0, self.chance + math.copysign(step, sure - self.config.target)))
        self.signs = []

    def _update(self, name: str, total: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        total.backward()
        for parameter in self.networks[name].parameters():
            if parameter.grad is not None:
                torch.nan_to_num(parameter.grad, nan=0.0, posinf=1e5, neginf=-1e5, out=parameter.grad)
        self.optimizers[name].step()

    @torch.no_grad()
    def _pictures(self, count: int) -> list[RGBImage]:
        noise = torch.stack([noise_of(seed, self.config.style_size) for seed in range(count)])
        made: list[RGBImage] = []
        for start in range(0, count, 16):
            made += list(
                to_images(
                    self.average.eval()(noise[start : start + 16].to(self.device), self.config.truncation)
                )
            )
        return made

    def made(self) -> list[RGBImage]:
        return self._pictures(MEASURED)

    def samples(self) -> list[tuple[str, list[RGBImage]]]:
        made = self._pictures(SHOWN * ROW)
        return [(str(n), made[n * ROW : (n + 1) * ROW]) for n in range(SHOWN)]

    def served(self) -> dict[str, Tensor]:
        return self.average.state_dict()

    def extras(self) -> dict[str, dict[str, Tensor]]:
        return {
            "state": {
                "chance": torch.tensor(self.chance, dtype=torch.float64), "steps": torch.tensor(self.steps),
                "path_mean": self.path_mean, "signs": torch.tensor(self.signs, dtype=torch.float64),
            }
        }  # fmt: skip

    def restore(self, extras: dict[str, dict[str, Tensor]]) -> None:
        state = extras["state"]
        self.chance, self.steps = float(state["chance"]), int(state["steps"])
        self.path_mean, self.signs = state["path_mean"].to(self.device), state["signs"].tolist()


def gradient_penalty(rival: nn.Module, real: Tensor) -> Tensor:
    """R1 (Mescheder et al. 2018), the mean squared gradient at photographs, as the discriminator sees them: torch cannot
    differentiate twice through how they were moved."""
    seen = real.requires_grad_(True)
    (slope,) = torch.autograd.grad(rival(seen).sum(), seen, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean()


def path_penalty(synthesis: nn.Module, styles: Tensor, noise: Tensor, mean: Tensor) -> Tensor:
    """Equation 4 of Karras et al. 2020b; `mean` is the average length so far, and moves on. Styles [B, L, size]."""
    if not styles.requires_grad:
        styles.requires_grad_(True)
    images = synthesis(styles)
    weighted = (images * noise / math.sqrt(images.shape[2] * images.shape[3])).sum()
    (slope,) = torch.autograd.grad(weighted, styles, create_graph=True)
    lengths = slope.square().sum(2).mean(1).sqrt()
    latest = mean.lerp(lengths.mean(), PATH_DECAY)
    mean.copy_(latest.detach())
    return (lengths - latest).square().mean()


def _middle(picture: RGBImage, side: int) -> RGBImage:
    height, width = picture.shape[:2]
    y, x = (height - side) // 2, (width - side) // 2
    return picture[y : y + side, x : x + side]
