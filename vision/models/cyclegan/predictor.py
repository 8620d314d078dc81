"""CycleGAN translates: a render as a photograph, as far as it has learned to."""

from __future__ import annotations

from typing import Any

from torch import nn

from vision.gan.networks import ResnetGenerator
from vision.gan.translator import Translator
from vision.models.cyclegan.config import CycleGanConfig


class CycleGanPredictor(Translator):
    name, config_class = "cyclegan", CycleGanConfig

    @staticmethod
    def build(config: Any) -> nn.Module:
        return ResnetGenerator(config.depth, config.filters)
