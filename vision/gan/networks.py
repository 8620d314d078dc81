"""Generators and discriminators of Pix2Pix (Isola et al. 2017) and CycleGAN (Zhu et al. 2017). Images are float
[B, 3, H, W] from -1 to 1.

Both papers train with one image a step, where batch normalization is instance normalization: it is written as that here, so
that an image is translated in the same way whatever stands beside it in a batch.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SPREAD = 0.02  # of initial weights, in both papers


def initialise(network: nn.Module) -> None:
    """Weights from a Gaussian of SPREAD around 0, as in both papers; no bias."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, SPREAD)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.InstanceNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, SPREAD)
            nn.init.zeros_(module.bias)


class UnetGenerator(nn.Module):
    """Isola et al. 2017, 6.1.1: halved `depth` times down to the bottleneck, and up again beside what was seen on the way down.
    Any size of at least 2 ** depth; what is no multiple of that is mirrored at its edges and cut off again."""

    def __init__(self, depth: int, filters: int, dropout: float = 0.5) -> None:
        super().__init__()
        widths = [filters * min(8, 2**level) for level in range(depth)]
        self.step = 2**depth
        self.down = nn.ModuleList()
        for level, wide in enumerate(widths):
            layers: list[nn.Module] = [nn.Conv2d(widths[level - 1] if level else 3, wide, 4, 2, 1)]
            # No norm at the first level, nor at the last: there a crop is one pixel, which it would make 0.
            if 0 < level < depth - 1:
                layers.append(nn.InstanceNorm2d(wide, affine=True))
            self.down.append(nn.Sequential(*layers))
        self.up = nn.ModuleList()
        for level in reversed(range(1, depth)):
            from_below = widths[level] * (1 if level == depth - 1 else 2)
            layers = [
                nn.ConvTranspose2d(from_below, widths[level - 1], 4, 2, 1),
                nn.InstanceNorm2d(widths[level - 1], affine=True),
            ]
            if level >= depth - 3 and dropout:  # the first three, 6.1.1
                layers.append(nn.Dropout(dropout))
            self.up.append(nn.Sequential(*layers))
        self.last = nn.ConvTranspose2d(widths[0] * 2, 3, 4, 2, 1)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        padded = _padded(images, self.step)
        seen, x = [], padded
        for level, layer in enumerate(self.down):
            x = layer(functional.leaky_relu(x, 0.2) if level else x)
            seen.append(x)
        for level, layer in enumerate(self.up):
            x = layer(functional.relu(x))
            x = torch.cat([x, seen[-2 - level]], 1)
        return torch.tanh(self.last(functional.relu(x)))[:, :, :height, :width]


class ResnetGenerator(nn.Module):
    """Zhu et al. 2017, 7.2 (after Johnson et al. 2016): c7s1-64, d128, d256, R256 × blocks, u128, u64, c7s1-3."""

    def __init__(self, blocks: int, filters: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, filters, 7), *_normed(filters)]
        for narrow in (filters, filters * 2):
            layers += [nn.Conv2d(narrow, narrow * 2, 3, 2, 1), *_normed(narrow * 2)]
        layers += [_Block(filters * 4) for _ in range(blocks)]
        for wide in (filters * 4, filters * 2):
            layers += [nn.ConvTranspose2d(wide, wide // 2, 3, 2, 1, output_padding=1), *_normed(wide // 2)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(filters, 3, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        out: Tensor = self.layers(_padded(images, 4, least=8))
        return out[:, :, :height, :width]


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), *_normed(channels),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def _normed(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)


class PatchDiscriminator(nn.Module):
    """C64-C128-C256-C512 and a number for each patch; with three steps down each patch is 70 × 70 pixels (both papers)."""

    def __init__(self, channels: int = 3, filters: int = 64, steps: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, filters, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        wide = [filters * min(8, 2**level) for level in range(steps + 1)]
        for level, (narrow, next_one) in enumerate(pairwise(wide), 1):
            layers += [
                nn.Conv2d(narrow, next_one, 4, 2 if level < steps else 1, 1), nn.InstanceNorm2d(next_one),
                nn.LeakyReLU(0.2, inplace=True),
            ]  # fmt: skip
        layers.append(nn.Conv2d(wide[-1], 1, 4, 1, 1))
        self.layers = nn.Sequential(*layers)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.layers(images)
        return out


def _padded(images: Tensor, step: int, least: int = 0) -> Tensor:
    """Mirrored to the right and below up to a multiple of `step`, and to `least`; repeated, where there is too little to mirror."""
    below, right = (max(least - side, -side % step) for side in images.shape[2:])
    if not (below or right):
        return images
    mode = "reflect" if below < images.shape[2] and right < images.shape[3] else "replicate"
    return functional.pad(images, (0, right, 0, below), mode)
