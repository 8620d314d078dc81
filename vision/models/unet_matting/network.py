"""A U-Net (Ronneberger, Fischer and Brox 2015) that predicts alpha; its way down may be a pretrained one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vision.backbone import efficientnet
from vision.models.unet_matting.config import DOUBT, UnetMattingConfig

GROUPS = 4  # of group normalization (Wu and He 2018): widths are multiples of it


class Unet(nn.Module):
    """Colours, and with a `prior` its alpha, float [B, 3 or 4, S, S] from 0 to 255 → alpha before the sigmoid [B, 1, S, S], or
    with `foreground` a cut-out before tanh [B, 4, S, S]; and features [B, F]: what the bottom holds, averaged over the image."""

    def __init__(self, config: UnetMattingConfig) -> None:
        super().__init__()
        self.foreground = config.foreground
        self.down: Down | PretrainedDown = (Down if config.encoder == "scratch" else PretrainedDown)(config)
        first, *rest = self.down.widths
        self.up = nn.ModuleList()
        below = rest[-1]
        for beside in reversed([first, *rest[:-1]]):
            here = max(first, beside)
            self.up.append(_block(below + beside, here, config.normalization))
            below = here
        self.last = nn.Conv2d(below, 4 if config.foreground else 1, 1)
        self.prior = config.prior != "none"
        if self.prior:  # untrained, it says what the prior says
            for part in self.last.parameters():
                nn.init.zeros_(part)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        *kept, x = self.down(seen / 127.5 - 1)
        features = x.mean((2, 3))
        for block, beside in zip(self.up, reversed(kept), strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0, mode="nearest"), beside], 1))
        said = self.last(x)
        return said + torch.logit(
            seen[:, 3:] / 255 * (1 - 2 * DOUBT) + DOUBT
        ) if self.prior else said, features

    def alpha(self, said: Tensor) -> Tensor:
        """Of what `forward` gives: [B, 1, S, S] in [0, 1]."""
        if self.foreground:
            return (torch.tanh(said[:, 3:]) + 1) / 2
        alpha = torch.sigmoid(said)
        return ((alpha - DOUBT) / (1 - 2 * DOUBT)).clamp(0, 1) if self.prior else alpha


class Down(nn.Module):
    """Images [B, C, S, S] from -1 to 1 → what each level sees, from S × S on, each half as wide and with twice as many
    channels as the one before."""

    def __init__(self, config: UnetMattingConfig) -> None:
        super().__init__()
        self.widths = [_first(config) * 2**level for level in range(config.depth + 1)]
        self.blocks = nn.ModuleList(
            _block(before, after, config.normalization)
            for before, after in pairwise([config.inputs, *self.widths])
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        kept: list[Tensor] = []
        for block in self.blocks:
            kept.append(block(functional.max_pool2d(kept[-1], 2) if kept else x))
        return kept


class PretrainedDown(nn.Module):
    """The same of EfficientNet-Lite0 (Tan and Le 2019), below a first level of its own in the image's size."""

    ENDS = {0: 16, 1: 24, 2: 40, 4: 112, 6: 320}  # the last stage of each size, and its channels

    def __init__(self, config: UnetMattingConfig) -> None:
        super().__init__()
        network = efficientnet()
        self.first = _block(config.inputs, _first(config), config.normalization)
        self.pretrained = nn.ModuleDict(_parts(network))
        self.stages: list[nn.Module] = list(network.blocks)  # the same ones, in order
        self.widths = [_first(config), *self.ENDS.values()]

    def forward(self, x: Tensor) -> list[Tensor]:
        kept, x = [self.first(x)], self.pretrained["stem"](x[:, :3])
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in self.ENDS:
                kept.append(x)
        return kept


def load_pretrained(network: Unet) -> None:
    """ImageNet's weights into a pretrained way down. Raises MissingWeights."""
    if isinstance(network.down, PretrainedDown):
        for name, part in _parts(efficientnet(pretrained=True)).items():
            network.down.pretrained[name].load_state_dict(part.state_dict())


def _parts(network: Any) -> dict[str, nn.Module]:
    return {"stem": nn.Sequential(network.conv_stem, network.bn1), "stages": network.blocks}


def _first(config: UnetMattingConfig) -> int:
    return -(-config.width // GROUPS) * GROUPS


class Serving(nn.Module):
    """What the network sees [B, C, S, S] → alpha [B, 1, S, S] in [0, 1], and features."""

    def __init__(self, network: Unet) -> None:
        super().__init__()
        self.network = network.eval()

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        said, features = self.network(seen)
        return self.network.alpha(said), features


def _block(before: int, after: int, normalization: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in (before, after):
        layers += [
            nn.Conv2d(width, after, 3, padding=1, bias=False),
            _norm(after, normalization),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _norm(width: int, normalization: str) -> nn.Module:
    if normalization == "group":
        return nn.GroupNorm(GROUPS, width)
    return nn.BatchNorm2d(width) if normalization == "batch" else nn.InstanceNorm2d(width, affine=True)
