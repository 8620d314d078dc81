"""Stage 2: the classifier of a crop."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from vision import weights
from vision.models.two_stage.config import TwoStageConfig


class Classifier(nn.Module):
    """Crops, float [B, 3, S, S] with values from 0 to 255 → logits [B, C]."""

    def __init__(self, config: TwoStageConfig, categories: int) -> None:
        super().__init__()
        self.backbone, features = _backbone(config.backbone)
        self.dropout = nn.Dropout(config.dropout)
        self.norm = nn.BatchNorm1d(
            features, affine=False
        )  # features of one scale, whatever the backbone's are
        self.head = nn.Linear(features, categories)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.01)

    def features(self, crops: Tensor) -> Tensor:
        return self.backbone((crops - 127.5) / 127.5)

    def forward(self, crops: Tensor) -> Tensor:
        return self.head(self.dropout(self.norm(self.features(crops))))

    def freeze(self, blocks: int) -> None:
        """Keep the stem and the first `blocks` blocks of a pretrained backbone as they are."""
        if isinstance(self.backbone, SmallNet):
            return
        network: Any = self.backbone
        frozen = [network.conv_stem, network.bn1, *list(network.blocks)[:blocks]]
        for part in frozen:
            part.requires_grad_(False)
        self.frozen = frozen
        self.train(self.training)

    def train(self, mode: bool = True) -> Classifier:
        super().train(mode)
        # Few images say little about a batch's statistics: the backbone keeps those of ImageNet.
        if not isinstance(self.backbone, SmallNet):
            for module in self.backbone.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self


def _backbone(name: str) -> tuple[nn.Module, int]:
    if name == "scratch":
        return SmallNet(), SmallNet.FEATURES
    import timm

    network: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    return network, network.num_features


def load_pretrained(model: Classifier, name: str) -> None:
    """ImageNet weights into a pretrained backbone. Raises MissingWeights.

    The package names its layers otherwise than timm does, but holds them in the same order and shapes.
    """
    if name == "scratch":
        return
    source = torch.load(weights.backbone(), map_location="cpu", weights_only=True)
    target = model.backbone.state_dict()
    given = [
        tensor for key, tensor in source.items() if not key.startswith("_fc.") and "num_batches" not in key
    ]
    wanted = [key for key in target if "num_batches" not in key]
    for key, tensor in zip(wanted, given, strict=True):
        if target[key].shape != tensor.shape:
            raise weights.MissingWeights(
                f"The packaged backbone does not fit: {key} is {tuple(tensor.shape)}."
            )
        target[key] = tensor
    model.backbone.load_state_dict(target)


class SmallNet(nn.Sequential):
    """Five strided convolutions, for a start from nothing."""

    FEATURES = 128

    def __init__(self) -> None:
        widths = (3, 16, 32, 64, 96, self.FEATURES)
        blocks: list[nn.Module] = []
        for before, after in pairwise(widths):
            blocks += [
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        super().__init__(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
