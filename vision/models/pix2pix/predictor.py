"""Pix2Pix translates: a render as a photograph, as far as it has learned to."""

from __future__ import annotations

from typing import Any

from torch import nn

from vision.gan.networks import UnetGenerator
from vision.gan.translator import Translator
from vision.models.pix2pix.config import Pix2PixConfig


class Pix2PixPredictor(Translator):
    name, config_class = "pix2pix", Pix2PixConfig

    @staticmethod
    def build(config: Any) -> nn.Module:
        return UnetGenerator(config.depth, config.filters, config.dropout)
