"""The pretrained network that classifiers and mattes begin with."""

from __future__ import annotations

from typing import Any

import torch

from vision import weights


def efficientnet(*, pretrained: bool = False) -> Any:
    """timm's EfficientNet-Lite0 without its classes, with ImageNet's weights of a package. Raises MissingWeights.

    The package names its layers otherwise than timm does, but holds them in the same order and shapes.
    """
    import timm

    network: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    if not pretrained:
        return network
    source = torch.load(weights.backbone(), map_location="cpu", weights_only=True)
    target = network.state_dict()
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
    network.load_state_dict(target)
    return network
