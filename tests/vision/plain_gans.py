"""The papers' equations written out one after another, as plainly as they stand there: what our steps are checked against and
timed beside. They take our networks' weights, and none of our steps."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


def crossentropy(said: Tensor, truth: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(said, torch.full_like(said, truth))


class PlainPix2Pix:
    """Isola et al. 2017: first the discriminator (halved), then the generator by equation 4."""

    def __init__(self, generator: nn.Module, rival: nn.Module, *, l1: float, rate: float) -> None:
        self.generator, self.rival, self.l1 = generator, rival, l1
        self.adam = [torch.optim.Adam(net.parameters(), rate, (0.5, 0.999)) for net in (generator, rival)]

    def step(self, source: Tensor, target: Tensor) -> dict[str, float]:
        made = self.generator(source)
        real = self.rival(torch.cat([source, target], 1))
        false = self.rival(torch.cat([source, made.detach()], 1))
        lost = 0.5 * (crossentropy(real, 1.0) + crossentropy(false, 0.0))
        self.adam[1].zero_grad()
        lost.backward()
        self.adam[1].step()
        kept = [parameter.grad.clone() for parameter in self.rival.parameters()]
        fooled = crossentropy(self.rival(torch.cat([source, made], 1)), 1.0)
        apart = (target - made).abs().mean()
        self.adam[0].zero_grad()
        (fooled + self.l1 * apart).backward()
        self.adam[0].step()
        for parameter, grad in zip(self.rival.parameters(), kept, strict=True):
            parameter.grad = grad  # the discriminator's own, for who compares
        return {"generator": fooled.item(), "l1": apart.item(), "rival": lost.item()}


class PlainCycleGan:
    """Zhu et al. 2017: equation 3 with least squares, and the identity loss of section 5.2; the pool is empty at first."""

    def __init__(
        self, there: nn.Module, back: nn.Module, rival_there: nn.Module, rival_back: nn.Module, *, cycle: float, identity: float, rate: float
    ) -> None:  # fmt: skip
        self.there, self.back, self.rival_there, self.rival_back = there, back, rival_there, rival_back
        self.cycle, self.identity = cycle, identity
        self.generators = torch.optim.Adam([*there.parameters(), *back.parameters()], rate, (0.5, 0.999))
        self.rivals = torch.optim.Adam(
            [*rival_there.parameters(), *rival_back.parameters()], rate, (0.5, 0.999)
        )

    def step(self, source: Tensor, target: Tensor) -> dict[str, float]:
        made_there, made_back = self.there(source), self.back(target)
        fooled = ((self.rival_there(made_there) - 1) ** 2).mean() + (
            (self.rival_back(made_back) - 1) ** 2
        ).mean()
        again = (self.back(made_there) - source).abs().mean() + (self.there(made_back) - target).abs().mean()
        same = (self.there(target) - target).abs().mean() + (self.back(source) - source).abs().mean()
        total = fooled + self.cycle * again + self.cycle * self.identity * same
        self.generators.zero_grad()
        total.backward()
        self.generators.step()
        self.rivals.zero_grad()
        lost = torch.zeros(())
        for rival, real, made in (
            (self.rival_there, target, made_there),
            (self.rival_back, source, made_back),
        ):
            one = 0.5 * (((rival(real) - 1) ** 2).mean() + (rival(made.detach()) ** 2).mean())
            one.backward()
            lost = lost + one.detach()
        self.rivals.step()
        return {
            "generators": fooled.item(),
            "cycle": again.item(),
            "identity": same.item(),
            "rivals": lost.item(),
        }


# --- StyleGAN2 ------------------------------------------------------------------------------------------------------
def modulated(conv: nn.Module, x: Tensor, style: Tensor) -> Tensor:
    """Equations 1 and 3 of Karras et al. 2020b: weights of each image's own, all in one grouped convolution."""
    count, inputs, height, width = x.shape
    scales = conv.affine(style)
    weight = (conv.weight * conv.scale)[None] * scales[:, None, :, None, None]
    if conv.demodulate:
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    outputs, side = weight.shape[1], weight.shape[3]
    made = functional.conv2d(
        x.reshape(1, count * inputs, height, width), weight.reshape(count * outputs, inputs, side, side), padding=side // 2, groups=count
    )  # fmt: skip
    return made.view(count, outputs, height, width)


def filtered(x: Tensor, gain: float, *, up: bool) -> Tensor:
    """[1, 3, 3, 1] in both directions, after zeros were put between, or before every second pixel is left out."""
    row = torch.tensor([1.0, 3.0, 3.0, 1.0])
    kernel = (torch.outer(row, row) / 64 * gain)[None, None].repeat(x.shape[1], 1, 1, 1)
    if up:
        count, wide, height, width = x.shape
        spread = torch.zeros(count, wide, height * 2, width * 2)
        spread[:, :, ::2, ::2] = x
        return functional.conv2d(functional.pad(spread, (2, 1, 2, 1)), kernel, groups=wide)
    return functional.conv2d(functional.pad(x, (1, 1, 1, 1)), kernel, groups=x.shape[1])[:, :, ::2, ::2]


def plain_synthesis(network: nn.Module, styles: Tensor) -> Tensor:
    def layer(one: nn.Module, x: Tensor, style: Tensor) -> Tensor:
        x = modulated(one.conv, filtered(x, 4.0, up=True) if one.up else x, style)
        noise = torch.randn(len(x), 1, *x.shape[2:])
        return functional.leaky_relu(x + noise * one.strength + one.bias[:, None, None], 0.2) * math.sqrt(2)

    x = layer(network.first, network.start.repeat(len(styles), 1, 1, 1), styles[:, 0])
    image = modulated(network.colours[0], x, styles[:, 1]) + network.tints[0][:, None, None]
    for n, (one, other) in enumerate(network.pairs, 1):
        x = layer(other, layer(one, x, styles[:, 2 * n - 1]), styles[:, 2 * n])
        image = (
            filtered(image, 4.0, up=True)
            + modulated(network.colours[n], x, styles[:, 2 * n + 1])
            + network.tints[n][:, None, None]
        )
    return image


def plain_rival(network: nn.Module, images: Tensor) -> Tensor:
    def conv(one: nn.Module, x: Tensor) -> Tensor:
        x = filtered(x, 1.0, up=False) if one.down else x
        x = functional.conv2d(x, one.weight * one.scale, one.bias, padding=one.weight.shape[2] // 2)
        return functional.leaky_relu(x, 0.2) * math.sqrt(2) if one.active else x

    x = conv(network.colours, images)
    for block in network.blocks:
        x = (conv(block.layers[1], conv(block.layers[0], x)) + conv(block.skip, x)) / math.sqrt(2)
    group = 4 if len(x) % 4 == 0 else len(x)
    spread = []
    for place in range(len(x) // group):  # images of a group lie as far apart as there are groups
        of_group = x[place :: len(x) // group]
        spread.append(((of_group - of_group.mean(0)) ** 2).mean(0).add(1e-8).sqrt().mean())
    plane = torch.stack([spread[n % (len(x) // group)] for n in range(len(x))]).view(-1, 1, 1, 1)
    x = conv(network.last, torch.cat([x, plane.expand(-1, 1, 4, 4)], 1))
    return network.judge(x.flatten(1))


def plain_generator(network: nn.Module, noise: Tensor) -> Tensor:
    style = network.mapping(noise)
    return plain_synthesis(network.synthesis, style[:, None].repeat(1, network.synthesis.count, 1))


def plain_path(network: nn.Module, styles: Tensor, noise: Tensor, mean: float) -> Tensor:
    """Equation 4: E (|Jᵀy| − a)², with a's new average."""
    images = plain_synthesis(network, styles)
    y = noise / math.sqrt(images.shape[2] * images.shape[3])
    (jacobian,) = torch.autograd.grad((images * y).sum(), styles, create_graph=True)
    lengths = (jacobian**2).sum(2).mean(1) ** 0.5
    average = mean + 0.01 * (lengths.mean() - mean)
    return ((lengths - average) ** 2).mean()


def plain_r1(network: nn.Module, real: Tensor) -> Tensor:
    real = real.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(plain_rival(network, real).sum(), real, create_graph=True)
    return (slope**2).sum((1, 2, 3)).mean()
