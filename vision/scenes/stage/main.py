"""Reads requests, a line of JSON each, and answers in lines:

    {"plan": …, "folder": …} → {"done": true, "seconds": …}     picture.png, index.png and outlines.npz are in the folder
    {"inspect": path}        → {"size": [width, depth, height], "triangles": n}
    whatever goes wrong      → {"error": …}

Started by a Python that has bpy, or by an installed Blender with --python.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import bpy
import numpy as np

from vision.scenes.plan import Camera, Fridge, Thing
from vision.scenes.stage.materials import index_material
from vision.scenes.stage.scene import Stage, load_model

THREADS = int(os.environ.get("FRAMELOOP_THREADS") or 0)  # 0: all


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # nobody would fetch what it renders any more
    stream = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # Blender prints whatever it does
    stream.write(json.dumps({"ready": bpy.app.version_string}) + "\n")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            said = inspected(Path(request["inspect"])) if "inspect" in request else rendered(request)
        except Exception as error:  # one scene's fault is no other's
            said = {
                "error": f"{type(error).__name__}: {error}"
                if not isinstance(error, ValueError)
                else str(error)
            }
        stream.write(json.dumps(said) + "\n")


def rendered(request: dict[str, Any]) -> dict[str, Any]:
    begun, plan, folder = time.perf_counter(), request["plan"], Path(request["folder"])
    stage = Stage()
    stage.build(
        fridge_of(plan["fridge"]), [Thing(**thing) for thing in plan["things"]], Camera(**plan["camera"])
    )
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = plan["width"], plan["height"]
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGB"
    scene.render.image_settings.color_depth = "8"
    scene.render.use_persistent_data = True
    if THREADS:
        scene.render.threads_mode, scene.render.threads = "FIXED", THREADS
    _picture(scene, plan, folder / "picture.png")
    built = time.perf_counter()
    _index(scene, stage, folder / "index.png")
    triangles, owners = stage.outlines(plan["width"], plan["height"])
    np.savez(folder / "outlines.npz", triangles=triangles, owners=owners)
    ended = time.perf_counter()
    return {"done": True, "seconds": round(ended - begun, 3), "index_seconds": round(ended - built, 3)}


def fridge_of(said: dict[str, Any]) -> Fridge:
    return Fridge(**{**said, "colour": tuple(said["colour"]), "shelves": tuple(said["shelves"])})


def _picture(scene: Any, plan: dict[str, Any], target: Path) -> None:
    cycles = scene.cycles
    cycles.device, cycles.seed = "CPU", plan["seed"] % 2**31
    cycles.samples, cycles.use_adaptive_sampling = plan["samples"], False
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 7, 3, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces = 7, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    try:
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    except TypeError:  # built without one, as distributions do: it takes more samples there
        cycles.use_denoising = False
    for name in ("AgX", "Filmic", "Standard"):
        try:
            scene.view_settings.view_transform = name
            break
        except TypeError:
            continue
    scene.view_settings.exposure = 0.7
    _write(scene, target)


def _index(scene: Any, stage: Stage, target: Path) -> None:
    """The same camera, one ray through the middle of each pixel, and nothing but the numbers of things. What is clear is as if it
    were not there; a thing that is clear itself is a thing."""
    for placed in stage.clear:
        placed.hide_render = True
    bpy.context.view_layer.material_override = index_material()
    cycles = scene.cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces = 1, False, 0
    cycles.pixel_filter_type, cycles.filter_width = "BOX", 0.01
    scene.render.film_transparent, scene.render.dither_intensity = True, 0.0
    scene.view_settings.view_transform, scene.view_settings.exposure = "Raw", 0.0
    _write(scene, target)


def _write(scene: Any, target: Path) -> None:
    scene.render.filepath = str(target)
    bpy.ops.render.render(write_still=True)


def inspected(path: Path) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    placed = load_model(path)
    placed.data.calc_loop_triangles()
    points = np.zeros(len(placed.data.vertices) * 3)
    placed.data.vertices.foreach_get("co", points)
    size = np.ptp(points.reshape(-1, 3), axis=0)
    if not np.isfinite(size).all() or size.min() <= 1e-5 * size.max():
        raise ValueError("The model is flat, or has places that are no numbers.")
    return {"size": size.tolist(), "triangles": len(placed.data.loop_triangles)}


if __name__ == "__main__":
    main()
