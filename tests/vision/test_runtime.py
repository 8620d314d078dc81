"""ONNX Runtime as we start it."""

import os
import subprocess
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

import vision

ROOT = Path(vision.__file__).parent.parent


def test_a_session_tells_nobody_of_its_model(tmp_path):
    """Its telemetry keeps what it is going to send, and a number for this machine, in the home folder."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Abs", ["x"], ["y"])], "a", [x], [y])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        tmp_path / "a.onnx",
    )
    home = tmp_path / "home"
    home.mkdir()
    code = f"from vision.runtime import session; session({str(tmp_path / 'a.onnx')!r})"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**environment, "HOME": str(home)})
    assert list(home.rglob("*")) == []
