"""StyleGAN2 (Karras et al. 2020b): a mapping from noise to style, a synthesis of modulated convolutions with skips, and a
residual discriminator. Torch's own operations alone. Images are float [B, 3, S, S] from -1 to 1.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from vision.models.stylegan2.config import StyleGan2Config

GAIN = math.sqrt(2)  # of a leaky ReLU of 0.2, nearly: it keeps the spread of what goes through
GROUP = 4  # images whose spread the discriminator is told of
AVERAGE = 0.995  # of the average style, a step


def channels(config: StyleGan2Config, size: int) -> int:
    return min(config.base // size, config.channels)


def levels(config: StyleGan2Config) -> list[int]:
    """4, 8, … up to the size of the pictures."""
    return [2**n for n in range(2, config.image_size.bit_length())]


class Linear(nn.Module):
    """With an equalized learning rate (Karras et al. 2018): weights of spread 1 are scaled where they are used."""

    def __init__(
        self, inputs: int, outputs: int, *, slow: float = 1.0, bias: float = 0.0, active: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / slow)
        self.bias = nn.Parameter(torch.full((outputs,), bias / slow))
        self.scale, self.slow, self.active = slow / math.sqrt(inputs), slow, active

    def forward(self, x: Tensor) -> Tensor:
        x = functional.linear(x, self.weight * self.scale, self.bias * self.slow)
        return functional.leaky_relu(x, 0.2) * GAIN if self.active else x


class Conv(nn.Module):
    """The same for a convolution, perhaps to half the size."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        *,
        bias: bool = True,
        down: bool = False,
        active: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, side, side))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.down, self.active = 1 / math.sqrt(inputs * side * side), down, active

    def forward(self, x: Tensor) -> Tensor:
        if self.down:
            x = halved(x)
        x = functional.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[2] // 2)
        return functional.leaky_relu(x, 0.2) * GAIN if self.active else x


def _filter(channels: int, like: Tensor) -> Tensor:
    row = torch.tensor([1.0, 3.0, 3.0, 1.0], device=like.device, dtype=like.dtype)
    return (torch.outer(row, row) / 64).expand(channels, 1, 4, 4)


def halved(x: Tensor) -> Tensor:
    return functional.conv2d(x, _filter(x.shape[1], x), stride=2, padding=1, groups=x.shape[1])


def doubled(x: Tensor) -> Tensor:
    return functional.conv_transpose2d(x, _filter(x.shape[1], x) * 4, stride=2, padding=1, groups=x.shape[1])


class Mapping(nn.Module):
    def __init__(self, config: StyleGan2Config) -> None:
        super().__init__()
        size = config.style_size
        self.layers = nn.Sequential(
            *(Linear(size, size, slow=0.01, active=True) for _ in range(config.layers))
        )
        self.average: Tensor
        self.register_buffer("average", torch.zeros(size))

    def forward(self, noise: Tensor) -> Tensor:
        """[B, style_size] → styles [B, style_size]."""
        style: Tensor = self.layers(noise * torch.rsqrt(noise.square().mean(1, keepdim=True) + 1e-8))
        if self.training:
            self.average.lerp_(style.detach().float().mean(0), 1 - AVERAGE)
        return style


class Modulated(nn.Module):
    """A convolution whose inputs are scaled by the style, and its outputs back to a spread of 1 (section 2.2).

    The style scales what goes in, and demodulation what comes out: the same as scaling each image's own weights (equations 1 and
    3), with one convolution for all images.
    """

    def __init__(self, inputs: int, outputs: int, style: int, side: int, *, demodulate: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, side, side))
        self.affine = Linear(style, inputs, bias=1.0)
        self.scale, self.demodulate = 1 / math.sqrt(inputs * side * side), demodulate

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scales, weight = self.affine(style), self.weight * self.scale
        x = functional.conv2d(x * scales[:, :, None, None], weight, padding=weight.shape[2] // 2)
        if not self.demodulate:
            return x
        spread = scales.square() @ weight.square().sum((2, 3)).T
        return x * torch.rsqrt(spread + 1e-8)[:, :, None, None]


class Layer(nn.Module):
    """Perhaps doubled, convolved, with noise, a bias, and what is below 0 made small."""

    def __init__(self, inputs: int, outputs: int, style: int, size: int, *, up: bool) -> None:
        super().__init__()
        self.conv = Modulated(inputs, outputs, style, 3)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(()))
        self.noise: Tensor
        self.register_buffer("noise", torch.randn(1, 1, size, size))
        self.up = up

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        x = self.conv(doubled(x) if self.up else x, style)
        noise = torch.randn(len(x), 1, *x.shape[2:], device=x.device) if self.training else self.noise
        return functional.leaky_relu(x + noise * self.strength + self.bias[:, None, None], 0.2) * GAIN


class Synthesis(nn.Module):
    """Styles [B, L, style_size], one for each layer, → images."""

    def __init__(self, config: StyleGan2Config) -> None:
        super().__init__()
        size, style = levels(config), config.style_size
        self.start = nn.Parameter(torch.randn(1, channels(config, 4), 4, 4))
        self.first = Layer(channels(config, 4), channels(config, 4), style, 4, up=False)
        self.pairs = nn.ModuleList(
            nn.ModuleList([
                Layer(channels(config, side // 2), channels(config, side), style, side, up=True),
                Layer(channels(config, side), channels(config, side), style, side, up=False),
            ])
            for side in size[1:]
        )  # fmt: skip
        self.colours = nn.ModuleList(
            Modulated(channels(config, side), 3, style, 1, demodulate=False) for side in size
        )
        self.tints = nn.ParameterList(torch.zeros(3) for _ in size)
        self.count = 2 * len(size)

    def forward(self, styles: Tensor) -> Tensor:
        x = self.first(self.start.expand(len(styles), -1, -1, -1), styles[:, 0])
        image = self.colours[0](x, styles[:, 1]) + self.tints[0][:, None, None]
        for n, pair in enumerate(self.pairs, 1):
            one, other = cast(nn.ModuleList, pair)
            x = other(one(x, styles[:, 2 * n - 1]), styles[:, 2 * n])
            image = doubled(image) + self.colours[n](x, styles[:, 2 * n + 1]) + self.tints[n][:, None, None]
        return image


class Generator(nn.Module):
    def __init__(self, config: StyleGan2Config) -> None:
        super().__init__()
        self.mapping, self.synthesis = Mapping(config), Synthesis(config)

    def styles(self, noise: Tensor, *, truncation: float = 1.0) -> Tensor:
        style = self.mapping(noise)
        if truncation != 1:
            style = self.mapping.average.lerp(style, truncation)
        return style[:, None].expand(-1, self.synthesis.count, -1)

    def forward(self, noise: Tensor, truncation: float = 1.0) -> Tensor:
        out: Tensor = self.synthesis(self.styles(noise, truncation=truncation))
        return out


class _Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Conv(inputs, inputs, 3, active=True), Conv(inputs, outputs, 3, down=True, active=True)
        )
        self.skip = Conv(inputs, outputs, 1, bias=False, down=True)

    def forward(self, x: Tensor) -> Tensor:
        return (self.layers(x) + self.skip(x)) / GAIN


class Discriminator(nn.Module):
    """Images → logits [B, 1]."""

    def __init__(self, config: StyleGan2Config) -> None:
        super().__init__()
        size = levels(config)[::-1]
        self.colours = Conv(3, channels(config, size[0]), 1, active=True)
        self.blocks = nn.Sequential(
            *(_Residual(channels(config, side), channels(config, side // 2)) for side in size[:-1])
        )
        wide = channels(config, 4)
        self.last = Conv(wide + 1, wide, 3, active=True)
        self.judge = nn.Sequential(Linear(wide * 16, wide, active=True), Linear(wide, 1))

    def forward(self, images: Tensor) -> Tensor:
        x = self.blocks(self.colours(images))
        x = self.last(torch.cat([x, _spread(x)], 1))
        out: Tensor = self.judge(x.flatten(1))
        return out


def _spread(x: Tensor) -> Tensor:
    """How different the images of a group are (Karras et al. 2018), as one more plane."""
    count, wide, height, width = x.shape
    group = next(size for size in range(min(GROUP, count), 0, -1) if count % size == 0)
    grouped = x.reshape(group, -1, wide, height, width)
    spread = (grouped - grouped.mean(0)).square().mean(0).add(1e-8).sqrt().mean((1, 2, 3))
    return spread.repeat(group).view(count, 1, 1, 1).expand(-1, 1, height, width)


def noise_of(seed: int, size: int) -> Tensor:
    """What a picture is made of: [size], the same for a seed everywhere."""
    return torch.randn(size, generator=torch.Generator().manual_seed(seed % 2**63))


def averaged(average: Any, latest: Any, share: float) -> None:
    """`average` keeps that share of what it was (an exponential moving average); buffers are taken over."""
    with torch.no_grad():
        for kept, new in zip(average.parameters(), latest.parameters(), strict=True):
            kept.lerp_(new, 1 - share)
        for kept, new in zip(average.buffers(), latest.buffers(), strict=True):
            kept.copy_(new)
