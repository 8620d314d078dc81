"""Stage 2: the classifier of a crop."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from vision.backbone import efficientnet
from vision.models.two_stage.config import TwoStageConfig


class Classifier(nn.Module):
    """Crops, float [B, 3, S, S] with values from 0 to 255 → logits [B, C].

    Outside training the logits are the mean over a crop and its mirror image: training takes both for the same.
    """

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
        if self.training:
            return self._logits(crops)
        return (self._logits(crops) + self._logits(crops.flip(3))) / 2

    def _logits(self, crops: Tensor) -> Tensor:
        return self.head(self.dropout(self.norm(self.features(crops))))

    def freeze(self, blocks: int) -> None:
        """Keep the stem and the first `blocks` blocks of a pretrained backbone as they are."""
        if isinstance(self.backbone, MiddleLayers):
            self.backbone.stem.requires_grad_(False)
            for block in list(self.backbone.blocks)[:blocks]:
                block.requires_grad_(False)

    def train(self, mode: bool = True) -> Classifier:
        super().train(mode)
        # Few images say little about a batch's statistics: the backbone keeps those of ImageNet.
        if isinstance(self.backbone, MiddleLayers):
            for module in self.backbone.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self


class Serving(nn.Module):
    """Crops as above → scores [B, C] and the features that they were made of [B, F], both over a crop and its mirror
    image. (The head is linear: of the mean features it makes the mean logits.)"""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier.eval()

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        norm, features = self.classifier.norm, self.classifier.features
        seen = (norm(features(crops)) + norm(features(crops.flip(3)))) / 2
        return torch.softmax(self.classifier.head(seen).float(), dim=1), seen.float()


class MiddleLayers(nn.Module):
    """EfficientNet-Lite0 up to its sixth block, averaged over the quarters of the crop: features [B, 768].

    The last layers tell ImageNet's classes apart and forget the rest. For a task unlike ImageNet's, such as where
    somebody looks, those in the middle say more (Evci et al. 2022, "Head2Toe"), and where in the crop they say it.
    """

    BLOCKS, QUARTERS = 6, 2
    FEATURES = 192 * QUARTERS**2

    def __init__(self) -> None:
        super().__init__()
        network = efficientnet()
        self.stem = nn.Sequential(network.conv_stem, network.bn1)
        self.blocks = network.blocks[: self.BLOCKS]

    def forward(self, images: Tensor) -> Tensor:
        return _quarters(self.blocks(self.stem(images))).flatten(1)


def _quarters(maps: Tensor) -> Tensor:
    """[B, C, H, W] → [B, C, 2, 2]. Means of slices, as ONNX exports no adaptive pooling of odd sides."""
    y, x = ((side + 1) // 2 for side in maps.shape[2:])  # of an odd side, the middle counts for both
    rows = [maps[:, :, :y], maps[:, :, -y:]]
    return torch.stack(
        [torch.stack([part.mean((2, 3)) for part in (row[..., :x], row[..., -x:])], -1) for row in rows], -2
    )


def _backbone(name: str) -> tuple[nn.Module, int]:
    if name == "scratch":
        return SmallNet(), SmallNet.FEATURES
    return MiddleLayers(), MiddleLayers.FEATURES


def load_pretrained(model: Classifier) -> None:
    """ImageNet's weights into a pretrained backbone. Raises MissingWeights."""
    if isinstance(model.backbone, MiddleLayers):
        source = efficientnet(pretrained=True)
        model.backbone.stem.load_state_dict(nn.Sequential(source.conv_stem, source.bn1).state_dict())
        model.backbone.blocks.load_state_dict(source.blocks[: MiddleLayers.BLOCKS].state_dict())


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
