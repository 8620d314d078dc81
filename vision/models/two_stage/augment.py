"""Augmentation of a batch of crops at once, drawn from a generator of its own, so that an epoch can be repeated."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

# shift, turn (radians), scale, brightness and contrast, share of grey images, share with a patch blanked out
STRENGTHS = {
    "light": (0.05, 0.10, 0.10, 0.10, 0.05, 0.0),
    "medium": (0.10, 0.20, 0.20, 0.25, 0.20, 0.25),
    "strong": (0.15, 0.35, 0.30, 0.40, 0.30, 0.50),
}


def augment(crops: Tensor, strength: str, random: torch.Generator) -> Tensor:
    """float [B, 3, S, S], 0 to 255, in and out."""
    if strength == "none":
        return crops
    shift, turn, scale, light, grey, blank = STRENGTHS[strength]
    crops = _move(crops, shift, turn, scale, random)
    crops = _recolour(crops, light, grey, random)
    return _blank(crops, blank, random) if blank else crops


def _uniform(count: int, limit: float, random: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=random) * 2 - 1) * limit


def _move(crops: Tensor, shift: float, turn: float, scale: float, random: torch.Generator) -> Tensor:
    n = len(crops)
    angle, zoom = _uniform(n, turn, random), torch.exp(_uniform(n, math.log1p(scale), random))
    mirror = torch.where(torch.rand(n, generator=random) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    matrix = torch.stack(
        [torch.stack([cos * mirror, -sin, _uniform(n, 2 * shift, random)], 1),
         torch.stack([sin * mirror, cos, _uniform(n, 2 * shift, random)], 1)], 1,
    )  # fmt: skip
    grid = functional.affine_grid(matrix.to(crops.device), list(crops.shape), align_corners=False)
    return functional.grid_sample(crops, grid, padding_mode="reflection", align_corners=False)


def _recolour(crops: Tensor, light: float, grey: float, random: torch.Generator) -> Tensor:
    n = len(crops)
    mean = crops.mean(dim=(1, 2, 3), keepdim=True)
    contrast = torch.exp(_uniform(n, light, random)).view(n, 1, 1, 1).to(crops.device)
    brightness = (_uniform(n, light, random) * 128).view(n, 1, 1, 1).to(crops.device)
    crops = ((crops - mean) * contrast + mean + brightness).clamp(0, 255)
    chosen = (torch.rand(n, generator=random) < grey).view(n, 1, 1, 1).to(crops.device)
    return torch.where(chosen, crops.mean(dim=1, keepdim=True).expand_as(crops), crops)


def _blank(crops: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Random erasing (Zhong et al. 2020), with grey."""
    n, size = len(crops), crops.shape[-1]
    side = max(1, size // 4)
    at = torch.randint(0, size - side + 1, (n, 2), generator=random)
    chosen = torch.rand(n, generator=random) < share
    crops = crops.clone()
    for index in torch.nonzero(chosen).flatten().tolist():
        y, x = at[index].tolist()
        crops[index, :, y : y + side, x : x + side] = 127.5
    return crops
