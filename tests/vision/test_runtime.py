"""ONNX Runtime as we start it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

import vision
from vision.runtime import graph_runner

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


def test_threads_ask_one_network_at_once(tmp_path):
    """A task predicts beside the thread that answers calls."""
    shape = [8, 3, 96, 96]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    nodes = [helper.make_node("Sin", ["x"], ["a"]), helper.make_node("Cos", ["a"], ["y"])]
    graph = helper.make_graph(nodes, "a", [x], [y])
    path = tmp_path / "a.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    batches = [np.full(shape, number, np.float32) for number in range(40)]
    for runtime in ("openvino", "onnx"):
        run = graph_runner(path, runtime)
        with ThreadPoolExecutor(4) as threads:
            for batch, (said,) in zip(batches, threads.map(run, batches), strict=True):
                np.testing.assert_allclose(said, np.cos(np.sin(batch)), atol=1e-4)
