"""Seconds of a generator's training step beside the papers' equations written out plainly (`tests/vision/plain_gans.py`), in turns.

python -m benchmarks.gan_steps [--rounds 7] [--size 64] [--filters 32] [--batch 1]
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable

import numpy as np
import torch

from tests.vision.plain_gans import (
    PlainCycleGan,
    PlainPix2Pix,
    plain_generator,
    plain_path,
    plain_r1,
    plain_rival,
)
from vision import registry
from vision.gan.domains import Domain
from vision.gan.translation import Domains
from vision.models.cyclegan.trainer import CycleGan
from vision.models.pix2pix.trainer import Pix2Pix
from vision.models.stylegan2.trainer import PATH_EVERY, R1_EVERY, StyleGan2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=16, help="a round")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--filters", type=int, default=32)
    parser.add_argument("--batch", type=int, default=1)
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    print("| model | seconds a step | plainly | faster by (each round) |\n|---|---|---|---|")
    for name, pair in {
        "pix2pix": pix2pix(options),
        "cyclegan": cyclegan(options),
        "stylegan2": stylegan2(options),
    }.items():
        ours, plain = ([], [])
        for step in pair:
            step()  # the first one allocates
        for _ in range(options.rounds):
            for step, times in zip(pair, (ours, plain), strict=True):
                begun = time.perf_counter()
                for _ in range(options.steps):
                    step()
                times.append((time.perf_counter() - begun) / options.steps)
        ratios = [b / a for a, b in zip(ours, plain, strict=True)]
        print(
            f"| {name} | {np.median(ours):.3f} | {np.median(plain):.3f} | {np.median(ratios):.2f} ({', '.join(f'{one:.2f}' for one in ratios)}) |",
            flush=True,
        )


def pictures(options: argparse.Namespace) -> Domains:
    random = np.random.default_rng(0)
    domain = Domain(
        [random.integers(0, 255, (options.size, options.size, 3), np.uint8) for _ in range(8)],
        list("abcdefgh"),
        [""] * 8,
    )
    return Domains(domain, domain, domain, domain)


def crops(options: argparse.Namespace, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    one, other = (
        torch.rand(batch, 3, options.size, options.size, generator=random) * 2 - 1 for _ in range(2)
    )
    return one, other


Pair = tuple[Callable[[], object], Callable[[], object]]


def translator(options: argparse.Namespace, name: str) -> dict[str, int]:
    return {
        "image_size": options.size,
        "load_size": options.size,
        "filters": options.filters,
        "rival_filters": options.filters,
        "batch_size": options.batch,
    }


def pix2pix(options: argparse.Namespace) -> Pair:
    ours = Pix2Pix(registry.parse_config("pix2pix", translator(options, "pix2pix")), pictures(options), "cpu")
    plain = PlainPix2Pix(plainly(ours.generator), plainly(ours.rival), l1=100.0, rate=2e-4)
    source, target = crops(options, options.batch)
    fast = [one.contiguous(memory_format=torch.channels_last) for one in (source, target)]
    return lambda: ours.update(*fast), lambda: plain.step(source, target)


def cyclegan(options: argparse.Namespace) -> Pair:
    ours = CycleGan(
        registry.parse_config("cyclegan", translator(options, "cyclegan")), pictures(options), "cpu"
    )
    nets = [plainly(ours.networks[name]) for name in ("there", "back", "rival_there", "rival_back")]
    plain = PlainCycleGan(*nets, cycle=10.0, identity=0.5, rate=2e-4)
    source, target = crops(options, options.batch)
    fast, random = (
        [one.contiguous(memory_format=torch.channels_last) for one in (source, target)],
        torch.Generator(),
    )
    return lambda: ours.update(*fast, random), lambda: plain.step(source, target)


def stylegan2(options: argparse.Namespace) -> Pair:
    params = {
        "image_size": options.size,
        "load_size": options.size,
        "batch_size": 8,
        "channels": options.filters * 2,
        "augment": False,
    }
    config = registry.parse_config("stylegan2", params)
    ours, random = StyleGan2(config, pictures(options).target, "cpu"), torch.Generator().manual_seed(0)
    generator, rival = plainly(ours.generator), plainly(ours.rival)
    adam = [torch.optim.Adam(net.parameters(), 2.5e-3, (0.0, 0.99)) for net in (generator, rival)]
    real, _ = crops(options, 8)
    softplus, count = torch.nn.functional.softplus, [0]

    def update(which: int, total: torch.Tensor) -> None:
        adam[which].zero_grad()
        total.backward()
        adam[which].step()

    def step() -> None:
        noise = torch.randn(8, config.style_size)
        update(0, softplus(-plain_rival(rival, plain_generator(generator, noise))).mean())
        if count[0] % PATH_EVERY == 0:
            styles = generator.mapping(noise[:4])[:, None].repeat(1, generator.synthesis.count, 1)
            update(
                0,
                plain_path(generator.synthesis, styles, torch.randn(4, 3, options.size, options.size), 0.1)
                * 2
                * PATH_EVERY,
            )
        made = plain_generator(generator, noise).detach()
        update(1, softplus(plain_rival(rival, made)).mean() + softplus(-plain_rival(rival, real)).mean())
        if count[0] % R1_EVERY == 0:
            update(1, plain_r1(rival, real) * config.r1 / 2 * R1_EVERY)
        count[0] += 1

    return lambda: ours.step(random), step


def plainly(network: torch.nn.Module) -> torch.nn.Module:
    """A copy as torch makes it: its memory in the order of the shapes."""
    return copy.deepcopy(network).to(memory_format=torch.contiguous_format)


if __name__ == "__main__":
    main()
