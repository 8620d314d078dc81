"""Augmentation of a batch at once, drawn from a generator of its own, so that an epoch can be repeated."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

# shift, turn (radians), scale, brightness and contrast, colour, share of grey images
STRENGTHS = {
    "light": (0.05, 0.09, 0.10, 0.10, 0.05, 0.02),
    "medium": (0.10, 0.17, 0.25, 0.20, 0.10, 0.05),
    "strong": (0.20, 0.35, 0.40, 0.30, 0.20, 0.10),
}
PLAIN = 0.25  # of the new backgrounds, how many are one colour


def composed(batch: Tensor, others: Tensor, share: float, random: torch.Generator) -> Tensor:
    """[B, C, S, S], uint8, as `Squares` has them; `others` as many from elsewhere. Float [B, 5 or 6, S, S]: colours from 0 to 255
    (some before another background), alpha from 0 to 1, how far the colours of fore- and background are apart, from 0 to 1
    (where they are not known: 1), and a prior where there is one, from 0 to 1."""
    batch = batch.float()
    alpha, coloured = batch[:, 3:4] / 255, batch.shape[1] >= 10
    prior = batch[:, 10 if coloured else 4 :] / 255
    if not coloured:
        return torch.cat([batch[:, :3], alpha, torch.ones_like(alpha), prior], 1)
    count = len(batch)
    chosen, plain, mirrored = (
        (torch.rand(count, generator=random) < limit).view(count, 1, 1, 1) for limit in (share, PLAIN, 0.5)
    )
    colour = (torch.rand(count, 3, generator=random) * 255).view(count, 3, 1, 1)
    front, behind = batch[:, 4:7], others[:, 7:10].float()
    behind = torch.where(mirrored, behind.flip(3), behind)
    behind = torch.where(plain, colour.expand_as(behind), behind)
    behind = torch.where(chosen, behind, batch[:, 7:10])
    colours = torch.where(chosen, alpha * front + (1 - alpha) * behind, batch[:, :3])
    return torch.cat([colours, alpha, (front - behind).abs().mean(1, keepdim=True) / 255, prior], 1)


def augment(batch: Tensor, strength: str, random: torch.Generator) -> Tensor:
    """[B, C, S, S] as `composed` gives it, in and out."""
    if strength == "none":
        return batch
    shift, turn, scale, light, colour, grey = STRENGTHS[strength]
    moved = _move(batch, shift, turn, scale, random)
    return torch.cat([_recolour(moved[:, :3], light, colour, grey, random), moved[:, 3:].clamp(0, 1)], 1)


def _uniform(count: int, limit: float, random: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=random) * 2 - 1) * limit


def _move(batch: Tensor, shift: float, turn: float, scale: float, random: torch.Generator) -> Tensor:
    n = len(batch)
    angle, zoom = _uniform(n, turn, random), torch.exp(_uniform(n, math.log1p(scale), random))
    mirror = torch.where(torch.rand(n, generator=random) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    matrix = torch.stack(
        [torch.stack([cos * mirror, -sin, _uniform(n, 2 * shift, random)], 1),
         torch.stack([sin * mirror, cos, _uniform(n, 2 * shift, random)], 1)], 1,
    )  # fmt: skip
    grid = functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode="reflection", align_corners=False)


def _recolour(colours: Tensor, light: float, colour: float, grey: float, random: torch.Generator) -> Tensor:
    n = len(colours)
    mean = colours.mean(dim=(1, 2, 3), keepdim=True)
    contrast = torch.exp(_uniform(n, light, random)).view(n, 1, 1, 1)
    brightness = (_uniform(n, light, random) * 128).view(n, 1, 1, 1)
    cast = torch.exp(_uniform(3 * n, colour, random)).view(n, 3, 1, 1)
    colours = (((colours - mean) * contrast + mean + brightness) * cast).clamp(0, 255)
    chosen = (torch.rand(n, generator=random) < grey).view(n, 1, 1, 1)
    return torch.where(chosen, colours.mean(dim=1, keepdim=True).expand_as(colours), colours)
