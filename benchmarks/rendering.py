"""Rendering: seconds a picture, and pictures an hour as more Blenders work side by side.

python -m benchmarks.rendering [--count 12] [--width 640 --height 640] [--samples 12]
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vision.scenes.config import SceneConfig
from vision.scenes.plan import Plan, plan_scene
from vision.scenes.render import Renderer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=640)
    parser.add_argument("--samples", type=int, default=12)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    config = SceneConfig(width=options.width, height=options.height, samples=options.samples)
    plans = [plan_scene(seed, config) for seed in range(options.count)]
    things = [len(plan.things) for plan in plans]
    print(
        f"{options.width} × {options.height} pixels, {options.samples} rays each, {min(things)} to {max(things)} things; {cores} cores"
    )
    print(
        "| Blenders | threads of each | seconds a picture, median (least, most) | pictures an hour |\n|---|---|---|---|"
    )
    for workers, threads in dict.fromkeys([(1, 1), (1, cores), (cores, 1), (cores, cores)]):
        renderers = [Renderer(threads=threads) for _ in range(workers)]
        for renderer in renderers:  # its start is paid once a batch
            renderer.render(plan_scene(0, SceneConfig(width=64, height=64, samples=1)))
        free = list(renderers)

        def one(plan: Plan, free: list[Renderer] = free) -> float:
            renderer = free.pop()
            begun = time.perf_counter()
            renderer.render(plan)
            free.append(renderer)
            return time.perf_counter() - begun

        begun = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            seconds = list(pool.map(one, plans))
        hour = 3600 * len(plans) / (time.perf_counter() - begun)
        for renderer in renderers:
            renderer.close()
        print(
            f"| {workers} | {threads} | {np.median(seconds):.2f} ({min(seconds):.2f}, {max(seconds):.2f}) | {hour:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
