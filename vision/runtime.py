"""What runs a network on this machine, and arrays into its inputs."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

THREADS = int(os.environ.get("FRAMELOOP_THREADS") or os.cpu_count() or 1)
RUNTIMES = ("auto", "torch", "onnx", "openvino", "openvino-bf16")
logger = logging.getLogger(__name__)


def runtime_for(device: str, *, cpu: str) -> str:
    """torch, onnx, openvino or openvino-bf16: what `FRAMELOOP_RUNTIME` says; `auto` is torch on a GPU, and on a CPU what is
    measured to be the fastest for a model (`cpu`). Raises ValueError for another word."""
    runtime = os.environ.get("FRAMELOOP_RUNTIME", "").strip() or "auto"
    if runtime not in RUNTIMES:
        raise ValueError(f"FRAMELOOP_RUNTIME: {runtime} is none of {', '.join(RUNTIMES)}")
    if runtime != "auto":
        return runtime
    return "torch" if device == "cuda" else cpu


def graph_runner(
    graph: Path | bytes, runtime: str, device: str = "cpu"
) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Batches of an ONNX graph's one input → its outputs, in order. `runtime` is one of those above but torch."""
    if runtime.startswith("openvino"):
        return _openvino(graph, bf16=runtime.endswith("bf16"))
    served = session(graph, device=device)
    (name,) = (value.name for value in served.get_inputs())
    return lambda batch: served.run(None, {name: batch})


def _openvino(graph: Path | bytes, *, bf16: bool) -> Callable[[np.ndarray], list[np.ndarray]]:
    import openvino

    core = openvino.Core()
    if bf16 and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        logger.warning("This processor does not calculate in bf16: FRAMELOOP_RUNTIME is openvino.")
        bf16 = False
    served = core.compile_model(
        core.read_model(graph), "CPU", {"INFERENCE_NUM_THREADS": THREADS, "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32"}
    )  # fmt: skip

    own = threading.local()  # a request of each thread's own: one answers to one at a time

    def run(batch: np.ndarray) -> list[np.ndarray]:
        if not hasattr(own, "request"):
            own.request = served.create_infer_request()
        said = own.request.infer({0: batch})
        return [np.asarray(said[n], np.float32) for n in range(len(served.outputs))]

    return run


def session(
    model: Path | bytes, *, device: str = "cpu", threads: int = THREADS
) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait steal the cores from everything else on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    available = onnxruntime.get_available_providers()
    wanted = (
        ["CUDAExecutionProvider", "CPUExecutionProvider"] if device == "cuda" else ["CPUExecutionProvider"]
    )
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model),
        options,
        providers=[name for name in wanted if name in available],
    )


def resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """uint8 HWC; by area when it shrinks, which keeps small things, bilinear when it grows."""
    shrinks = width < image.shape[1] or height < image.shape[0]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def nms(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """Indices of the boxes (xyxy [N, 4]) that stay, best first."""
    if not len(boxes):
        return []
    corners = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept: Any = cv2.dnn.NMSBoxes(corners.tolist(), scores.tolist(), 0.0, overlap)
    return [int(index) for index in kept]
