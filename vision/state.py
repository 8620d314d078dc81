"""A training state on disk: tensors as safetensors, the rest as JSON; written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

STATE = "state"


def save_state(out: Path, tensors: dict[str, dict[str, Tensor]], facts: dict[str, Any]) -> None:
    """`tensors` by part (model, best, optimizer …). The state before stays until this one is complete."""
    part, old = out / f"{STATE}.part", out / f"{STATE}.old"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    flat = {
        f"{group}/{name}": value.detach().cpu().contiguous().clone()
        for group, values in tensors.items()
        for name, value in values.items()
    }
    save_file(flat, part / "tensors.safetensors")
    (part / "facts.json").write_text(json.dumps(facts))
    shutil.rmtree(old, ignore_errors=True)
    if (out / STATE).exists():
        os.replace(out / STATE, old)
    os.replace(part, out / STATE)
    shutil.rmtree(old, ignore_errors=True)


def load_state(out: Path, fingerprint: str) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]] | None:
    """The state of the same data and config, or None."""
    for folder in (out / STATE, out / f"{STATE}.old"):
        if not (folder / "facts.json").exists():
            continue
        facts = json.loads((folder / "facts.json").read_text())
        if facts.get("fingerprint") != fingerprint:
            continue
        groups: dict[str, dict[str, Tensor]] = {}
        for key, value in load_file(folder / "tensors.safetensors").items():
            group, _, name = key.partition("/")
            groups.setdefault(group, {})[name] = value
        return groups, facts
    return None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{index}.{name}": value
        for index, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    described = optimizer.state_dict()
    optimizer.load_state_dict({"state": state, "param_groups": described["param_groups"]})
    # A fused step goes through memory as it lies: averages have to lie as their parameters do.
    for parameter, entry in optimizer.state.items():
        for name, value in entry.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                entry[name] = torch.empty_like(parameter).copy_(value)
