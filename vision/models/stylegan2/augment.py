"""What the discriminator is shown, as much changed as it overfits (Karras et al. 2020a, "ADA"): mirrored, turned, moved, scaled and
recoloured, each with a chance. Real and made pictures alike, so that the generator learns none of it.

The paper's set `bgc`. Moves are one bilinear sampling here, where the authors filter with wavelets.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def augment(images: Tensor, chance: float, random: torch.Generator) -> Tensor:
    """[B, 3, S, S] from -1 to 1; gradients go through."""
    if chance <= 0:
        return images
    return _recoloured(_moved(images, chance, random), chance, random)


def _drawn(count: int, random: torch.Generator, spread: float = 1.0) -> Tensor:
    return torch.randn(count, generator=random) * spread


def _moved(images: Tensor, chance: float, random: torch.Generator) -> Tensor:
    count = len(images)

    def some(value: Tensor, otherwise: float = 0.0) -> Tensor:
        chosen = torch.rand(count, generator=random) < chance
        return torch.where(chosen, value, torch.full_like(value, otherwise))

    matrix = torch.eye(3).repeat(count, 1, 1)

    def then(
        a: Tensor, b: Tensor, c: Tensor, d: Tensor, x: Tensor | None = None, y: Tensor | None = None
    ) -> None:
        nonlocal matrix
        zero, one = torch.zeros(count), torch.ones(count)
        rows = [a, b, x if x is not None else zero, c, d, y if y is not None else zero, zero, zero, one]
        matrix = torch.stack(rows, 1).view(-1, 3, 3) @ matrix

    zero, one = torch.zeros(count), torch.ones(count)
    mirror = some((torch.rand(count, generator=random) < 0.5).float() * -2 + 1, 1.0)
    then(mirror, zero, zero, one)
    quarter = some(torch.randint(4, (count,), generator=random).float()) * (math.pi / 2)
    then(quarter.cos(), -quarter.sin(), quarter.sin(), quarter.cos())
    # Whole pixels in the paper, up to an eighth of the picture: here up to a quarter of what lies from -1 to 1.
    moved = [some((torch.rand(count, generator=random) * 2 - 1) * 0.25) for _ in range(2)]
    then(one, zero, zero, one, *moved)
    scale = torch.exp2(some(_drawn(count, random, 0.2)))
    then(scale, zero, zero, scale)
    turn = some((torch.rand(count, generator=random) * 2 - 1) * math.pi)
    then(turn.cos(), -turn.sin(), turn.sin(), turn.cos())
    stretch = torch.exp2(some(_drawn(count, random, 0.2)))
    then(stretch, zero, zero, 1 / stretch)
    shift = [some(_drawn(count, random, 0.25)) for _ in range(2)]
    then(one, zero, zero, one, *shift)
    grid = functional.affine_grid(matrix[:, :2].to(images.device), list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid.to(images.dtype), padding_mode="reflection", align_corners=False
    )


def _recoloured(images: Tensor, chance: float, random: torch.Generator) -> Tensor:
    """By a 4 × 4 matrix for each image on its red, green and blue: brightness, contrast, luma flip, hue, saturation."""
    count = len(images)

    def some(value: Tensor, otherwise: float) -> Tensor:
        chosen = torch.rand(count, generator=random) < chance
        return torch.where(chosen, value, torch.full_like(value, otherwise))

    matrix = torch.eye(4).repeat(count, 1, 1)
    light = torch.eye(4).repeat(count, 1, 1)
    light[:, :3, 3] = some(_drawn(count, random, 0.2), 0.0)[:, None]
    contrast = torch.eye(4).repeat(count, 1, 1)
    contrast[:, :3, :3] *= torch.exp2(some(_drawn(count, random, 0.5), 0.0))[:, None, None]
    grey = torch.full((3,), 1 / math.sqrt(3))
    onto = torch.outer(grey, grey)
    flip = torch.eye(4).repeat(count, 1, 1)
    flip[:, :3, :3] -= (
        2 * some((torch.rand(count, generator=random) < 0.5).float(), 0.0)[:, None, None] * onto
    )
    angle = some((torch.rand(count, generator=random) * 2 - 1) * math.pi, 0.0)[:, None, None]
    x, y, z = grey.tolist()
    across = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    hue = torch.eye(4).repeat(count, 1, 1)
    hue[:, :3, :3] = angle.cos() * torch.eye(3) + angle.sin() * across + (1 - angle.cos()) * onto
    rich = torch.exp2(some(_drawn(count, random, 1.0), 0.0))[:, None, None]
    saturation = torch.eye(4).repeat(count, 1, 1)
    saturation[:, :3, :3] = onto + (torch.eye(3) - onto) * rich
    for change in (light, contrast, flip, hue, saturation):
        matrix = change @ matrix
    matrix = matrix.to(images.device, images.dtype)
    flat = images.flatten(2)
    return (matrix[:, :3, :3] @ flat + matrix[:, :3, 3:]).view_as(images)
