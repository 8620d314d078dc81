"""How far a predicted alpha is from the true one, as training sees it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from vision.models.unet_matting.config import UnetMattingConfig
from vision.models.unet_matting.network import Unet

LEVELS = 5  # of the Laplacian pyramid
BLUR = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


def loss(network: Unet, said: Tensor, batch: Tensor, config: UnetMattingConfig) -> Tensor:
    """One number. `said` is what the network gives; `batch` [B, 5 or 6, S, S] holds colours from 0 to 255, alpha, and how far the
    colours of fore- and background are apart, from 0 to 1."""
    alpha, truth = network.alpha(said), batch[:, 3:4]
    apart = (alpha - truth).abs()
    total = apart.new_zeros(())
    if config.l1:
        total = total + config.l1 * apart.mean()
    if config.laplacian:
        total = total + config.laplacian * _pyramid_loss(alpha, truth)
    if (
        config.composition
    ):  # of Xu et al. 2017: the composition is off by alpha's difference times the colours'
        total = total + config.composition * (apart * batch[:, 4:5]).mean()
    if config.mse:
        total = total + config.mse * _squared(network, said, alpha, batch)
    return total


def _squared(network: Unet, said: Tensor, alpha: Tensor, batch: Tensor) -> Tensor:
    """Of alpha; or of the whole cut-out on black, four channels from -1 to 1."""
    truth = batch[:, 3:4]
    if not network.foreground:
        return functional.mse_loss(alpha, truth)
    cutout = torch.cat([batch[:, :3] / 255 * truth, truth], 1) * 2 - 1
    return functional.mse_loss(torch.tanh(said), cutout)


def _pyramid_loss(alpha: Tensor, truth: Tensor) -> Tensor:
    """The mean difference at each level of the two Laplacian pyramids, added up, as Hou and Liu 2019 have it: coarser levels
    weigh twice as much each, for they have a quarter of the pixels."""
    rest, total = alpha - truth, alpha.new_zeros(())  # a pyramid is linear: that of the difference will do
    for level in range(LEVELS):
        if min(rest.shape[2:]) < 4:
            break
        smooth = _blurred(rest)
        total = total + 2**level * (rest - smooth).abs().mean()
        rest = smooth[:, :, ::2, ::2]
    return total


def _blurred(plane: Tensor) -> Tensor:
    kernel = BLUR.to(plane.device)
    padded = functional.pad(plane, (2, 2, 2, 2), mode="reflect")
    return functional.conv2d(functional.conv2d(padded, kernel.view(1, 1, 1, 5)), kernel.view(1, 1, 5, 1))
