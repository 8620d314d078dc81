"""Serving the U-Net: squeezed to its square, alpha by the network, and back to the image's own size along its edges."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vision.base import WEIGHTS, BrokenCheckpoint, read_config
from vision.config import parse
from vision.embedding import embeddings
from vision.guided import enlarge, scaled
from vision.models.unet_matting.config import DOUBT, UnetMattingConfig
from vision.models.unet_matting.data import prior_of, seen_of
from vision.results import AlphaMatte
from vision.runtime import graph_runner, runtime_for

if TYPE_CHECKING:
    from vision.base import RGBImage
    from vision.mattes import Alpha
    from vision.models.unet_matting.network import Unet

AT_ONCE = 8  # images that go through the network together
Run = Callable[[np.ndarray], Sequence[np.ndarray]]  # alpha and features


class UnetMattingPredictor:
    """What runs the network is this machine's to say, by `FRAMELOOP_RUNTIME`; `auto` is OpenVINO on a CPU and torch on a GPU."""

    def __init__(self, network: Unet, config: UnetMattingConfig, *, device: str) -> None:
        """Raises MissingWeights."""
        self.config = config
        self.prior = prior_of(config, device)
        self.run = runner(network, config, device)

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from vision.models.unet_matting.network import Unet

        try:
            config = parse(UnetMattingConfig, read_config(checkpoint)["config"])
            network = Unet(config)
            network.load_state_dict(load_file(checkpoint / WEIGHTS))
        except (KeyError, TypeError, ValueError, OSError, RuntimeError, SafetensorError) as error:
            raise BrokenCheckpoint(f"this is no checkpoint of unet_matting: {error}") from error
        return cls(network, config, device=device)

    def predict(self, images: Sequence[RGBImage]) -> list[AlphaMatte]:
        """Alpha float32 [h, w], as large as each image."""
        results = []
        for start in range(0, len(images), AT_ONCE):
            some = images[start : start + AT_ONCE]
            priors = [self.prior(image) if self.prior else None for image in some]
            pairs = zip(some, priors, strict=True)
            seen = np.stack([seen_of(image, self.config.side, rough) for image, rough in pairs])
            alphas, features = self.run(np.ascontiguousarray(seen, np.float32))
            for image, rough, square, alpha, embedding in zip(
                some, priors, seen, alphas, embeddings(features), strict=True
            ):
                whole = alpha[0] if rough is None else corrected(rough, square[3] / np.float32(255), alpha[0])
                results.append(AlphaMatte(enlarge(image, whole, self.config.refinement), embedding=embedding))
        return results


def corrected(rough: Alpha, prior: Alpha, alpha: Alpha) -> Alpha:
    """What a network made of a prior in its own size [S, S], done to the prior in that one's size [h, w]: it keeps whatever
    the network could not see. Differences are those of logits, as the network adds them."""
    change = scaled(_logit(alpha) - _logit(prior), rough.shape[1], rough.shape[0])
    chances = 1 / (1 + np.exp(-(_logit(rough) + change)))
    return np.clip((chances - DOUBT) / (1 - 2 * DOUBT), 0, 1).astype(np.float32)


def _logit(alpha: Alpha) -> Alpha:
    chances = alpha * np.float32(1 - 2 * DOUBT) + np.float32(DOUBT)
    return np.asarray(np.log(chances / (1 - chances)), np.float32)


def runner(network: Unet, config: UnetMattingConfig, device: str) -> Run:
    """Batches float32 [B, C, S, S] → alpha [B, 1, S, S], features [B, F]."""
    runtime = runtime_for(device, cpu="openvino")
    if runtime == "torch":
        return _torch_runner(network, device)
    return graph_runner(_graph(network, config), runtime, device)


def _torch_runner(network: Unet, device: str) -> Run:
    import torch

    from vision.models.unet_matting.network import Serving

    serving = Serving(network).to(device).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run(batch: np.ndarray) -> list[np.ndarray]:
        seen = torch.from_numpy(batch).to(device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, dtype=torch.float16, enabled=device == "cuda"):
            said = serving(seen)
        return [part.float().cpu().numpy() for part in said]

    return run


def _graph(network: Unet, config: UnetMattingConfig) -> bytes:
    """As ONNX, made here and kept nowhere: a checkpoint stays safetensors and JSON."""
    import torch

    from vision.models.unet_matting.network import Serving

    graph: Any = io.BytesIO()
    with torch.inference_mode():
        torch.onnx.export(
            Serving(network), (torch.zeros(2, config.inputs, config.side, config.side),), graph, input_names=["seen"],
            output_names=["alpha", "features"], dynamo=False, opset_version=17,
            dynamic_axes={name: {0: "batch"} for name in ("seen", "alpha", "features")},
        )  # fmt: skip
    return graph.getvalue()  # type: ignore[no-any-return]
