"""The generators: each first step is the paper's, learning goes where it should, and what is kept follows the rule."""

import copy
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.vision.plain_gans import (
    PlainCycleGan,
    PlainPix2Pix,
    plain_generator,
    plain_path,
    plain_r1,
    plain_rival,
)
from vision import registry
from vision.base import Sample, Stopped
from vision.gan import kid
from vision.gan.domains import SOURCE, TARGET, Crops, Domain, scaled, sheet
from vision.gan.loop import decayed
from vision.gan.networks import PatchDiscriminator, ResnetGenerator, UnetGenerator
from vision.gan.pool import ImagePool
from vision.gan.translation import Domains
from vision.models.cyclegan.trainer import CycleGan
from vision.models.pix2pix.trainer import Pix2Pix
from vision.models.stylegan2 import trainer as stylegan2
from vision.models.stylegan2.augment import augment
from vision.models.stylegan2.network import Discriminator, Generator, doubled, halved, noise_of
from vision.models.stylegan2.trainer import StyleGan2

SMALL = {"image_size": 32, "load_size": 48, "epochs": 2, "steps": 3}
CONFIGS = {
    "pix2pix": {**SMALL, "filters": 8, "rival_filters": 8, "patch": 2},
    "cyclegan": {**SMALL, "filters": 8, "rival_filters": 8, "patch": 2},
    "stylegan2": {**SMALL, "channels": 16, "style_size": 16, "batch_size": 4},
}


@pytest.fixture(autouse=True)
def few_are_measured(monkeypatch):
    """Features of 64 pictures take a second each time."""
    monkeypatch.setattr("vision.models.stylegan2.trainer.MEASURED", 4)


def config(model, **changes):
    return registry.parse_config(model, {**CONFIGS[model], **changes})


def picture(number, colour, size=(40, 56)):
    pixels = np.random.default_rng(number).integers(0, 90, (*size, 3), np.uint8)
    pixels[..., colour] += 140
    return pixels


def domain(colour, count=6, prefix=""):
    pictures = [scaled(picture(n, colour), 48, 32) for n in range(count)]
    return Domain(pictures, [f"{prefix}{n}" for n in range(count)], [f"pair{n}" for n in range(count)])


@pytest.fixture
def domains():
    return Domains(domain(0), domain(2), domain(0, 3), domain(2, 4))


def crops(count=2, side=32):
    random = torch.Generator().manual_seed(1)
    return [torch.rand(count, 3, side, side, generator=random) * 2 - 1 for _ in range(2)]


def same(ours, plain):
    """Every gradient, within 1e-4 of the network's largest one. (A bias before a norm has none but what rounding leaves.)"""
    limit = 1e-4 * max(one.grad.abs().max().item() for one in plain.parameters() if one.grad is not None)
    for (name, one), other in zip(ours.named_parameters(), plain.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None), name
        if one.grad is not None:
            assert (one.grad - other.grad).abs().max().item() <= limit, name


# --- the first steps ------------------------------------------------------------------------------------------------
def test_a_step_of_pix2pix_is_the_papers(domains):
    ours = Pix2Pix(config("pix2pix", dropout=0.5), domains, "cpu")
    plain = PlainPix2Pix(copy.deepcopy(ours.generator), copy.deepcopy(ours.rival), l1=100.0, rate=2e-4)
    source, target = crops()
    torch.manual_seed(3)
    lost = plain.step(source, target)
    torch.manual_seed(3)
    assert ours.update(source, target) == pytest.approx(lost, abs=1e-4)
    same(ours.generator, plain.generator)
    same(ours.rival, plain.rival)


def test_a_step_of_cyclegan_is_the_papers(domains):
    ours = CycleGan(config("cyclegan"), domains, "cpu")
    nets = [copy.deepcopy(ours.networks[name]) for name in ("there", "back", "rival_there", "rival_back")]
    plain = PlainCycleGan(*nets, cycle=10.0, identity=0.5, rate=2e-4)
    source, target = crops()
    lost = plain.step(source, target)
    assert ours.update(source, target, torch.Generator()) == pytest.approx(lost, abs=1e-4)
    for name, net in zip(ours.networks, nets, strict=True):
        same(ours.networks[name], net)


def test_a_step_of_stylegan2_is_the_papers():
    torch.manual_seed(0)
    generator, rival = Generator(config("stylegan2")), Discriminator(config("stylegan2"))
    plain, plain_d = copy.deepcopy(generator), copy.deepcopy(rival)
    noise = torch.randn(4, 16)
    softplus = torch.nn.functional.softplus
    torch.manual_seed(5)
    lost = softplus(-rival(generator(noise))).mean()
    lost.backward()
    torch.manual_seed(5)
    expected = softplus(-plain_rival(plain_d, plain_generator(plain, noise))).mean()
    expected.backward()
    assert lost.item() == pytest.approx(expected.item(), abs=1e-4)
    same(generator, plain)
    same(rival, plain_d)


def test_the_penalties_of_stylegan2_are_the_papers():
    torch.manual_seed(0)
    generator, rival = Generator(config("stylegan2")), Discriminator(config("stylegan2"))
    plain, plain_d = copy.deepcopy(generator.synthesis), copy.deepcopy(rival)
    real, noise = crops(4)
    stylegan2.gradient_penalty(rival, real.clone()).backward()
    plain_r1(plain_d, real).backward()
    same(rival, plain_d)
    styles = torch.randn(4, generator.synthesis.count, 16)
    mean = torch.tensor(0.3)
    torch.manual_seed(7)
    ours = stylegan2.path_penalty(generator.synthesis, styles.clone(), noise, mean)
    ours.backward()
    torch.manual_seed(7)
    expected = plain_path(plain, styles.clone().requires_grad_(True), noise, 0.3)
    expected.backward()
    assert ours.item() == pytest.approx(expected.item(), rel=1e-4)
    same(generator.synthesis, plain)
    assert mean.item() != pytest.approx(0.3)


# --- networks -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("network", [UnetGenerator(5, 8), ResnetGenerator(2, 8)], ids=["unet", "resnet"])
@pytest.mark.parametrize("size", [(32, 32), (37, 50), (64, 33), (5, 3)])
def test_a_translation_is_as_large_as_what_it_is_made_of(network, size):
    with torch.no_grad():
        made = network.eval()(torch.zeros(1, 3, *size))
    assert made.shape == (1, 3, *size) and made.abs().max() <= 1


def test_a_patch_is_seventy_pixels():
    """Section 3.2 of Isola et al. 2017: no pixel further away changes a number."""
    rival = PatchDiscriminator(3, 4, 3).eval()
    for module in rival.modules():  # statistics of a whole image would carry further
        if isinstance(module, torch.nn.InstanceNorm2d):
            module.forward = lambda x: x
    image = torch.randn(1, 3, 256, 256, requires_grad=True)
    said = rival(image)
    said[0, 0, said.shape[2] // 2, said.shape[3] // 2].backward()
    rows = (image.grad.abs().sum((0, 1, 3)) > 0).nonzero().flatten()
    assert rows.max() - rows.min() + 1 == 70


def test_filters_keep_the_level_of_what_they_double_and_halve():
    flat = torch.full((1, 2, 16, 16), 0.7)
    assert doubled(flat).shape[2:] == (32, 32) and halved(flat).shape[2:] == (8, 8)
    assert torch.allclose(doubled(flat)[..., 2:-2, 2:-2], torch.tensor(0.7))
    assert torch.allclose(halved(flat)[..., 1:-1, 1:-1], torch.tensor(0.7))


# --- what they learn from -------------------------------------------------------------------------------------------
def test_the_pool_gives_back_what_came_until_it_is_full_and_then_half_of_the_time_something_older():
    pool, random = ImagePool(4), torch.Generator().manual_seed(0)
    first = torch.arange(4.0).view(4, 1, 1, 1)
    assert torch.equal(pool.exchange(first, random), first)
    older = [pool.exchange(torch.full((1, 1, 1, 1), 10.0 + n), random).item() for n in range(200)]
    share = np.mean([value != 10.0 + n for n, value in enumerate(older)])
    assert 0.35 < share < 0.65 and len(pool.kept) == 4
    again = ImagePool(4)
    again.restore(pool.state(), "cpu")
    assert [image.item() for image in again.kept] == [image.item() for image in pool.kept]


def test_crops_of_a_pair_are_of_the_same_place():
    image = picture(1, 1)
    one, other = Crops(16).draw_pairs([image] * 5, [image] * 5, torch.Generator().manual_seed(2))
    assert torch.equal(one, other) and not torch.equal(one[0], one[1])


@pytest.mark.parametrize(("pairs", "stays"), [("fixed", True), ("redrawn", False)])
def test_random_pairs_stay_or_are_drawn_anew(domains, pairs, stays):
    game = Pix2Pix(config("pix2pix", pairs=pairs), domains, "cpu")
    game.begin_epoch(0, torch.Generator().manual_seed(1))
    first = list(game.partners)
    game.begin_epoch(1, torch.Generator().manual_seed(2))
    assert (game.partners == first) is stays and [source for source, _ in first] == list(range(6))


def test_aligned_pairs_are_those_of_one_name_and_none_is_an_error(domains):
    target = replace(domains.target, pairs=["", "pair4", "pair0", "x", "y", "z"])
    game = Pix2Pix(config("pix2pix", pairs="aligned"), replace(domains, target=target), "cpu")
    assert game.partners == [(0, 2), (4, 1)]
    with pytest.raises(ValueError, match="choose random pairs"):
        Pix2Pix(
            config("pix2pix", pairs="aligned"),
            replace(domains, target=replace(target, pairs=[""] * 6)),
            "cpu",
        )


def test_the_learning_rate_falls_in_the_second_half():
    rates = [decayed(epoch, 10) for epoch in range(10)]
    assert rates[:6] == [1.0] * 6 and rates == sorted(rates, reverse=True) and 0 < rates[-1] < 0.3


def test_augmentation_changes_pictures_by_its_chance_and_lets_gradients_through():
    (images, _), random = crops(16), torch.Generator().manual_seed(0)
    assert augment(images, 0.0, random) is images
    some = [(augment(images, chance, random) - images).abs().mean().item() for chance in (0.05, 0.8)]
    assert 0 < some[0] < some[1]
    images.requires_grad_(True)
    augment(images, 0.9, random).sum().backward()
    assert images.grad.abs().sum() > 0


def test_more_is_augmented_while_the_discriminator_is_surer_of_photographs_than_it_may_be():
    game = StyleGan2(config("stylegan2", ada_kimg=0.1), domain(2), "cpu")
    game.signs = [1.0] * 4
    game._adapt()
    assert game.chance == pytest.approx(4 * 4 / 100)
    game.signs = [0.2] * 4
    game._adapt()
    assert game.chance == 0 and game.signs == []


# --- the measure ----------------------------------------------------------------------------------------------------
def test_the_distance_is_nothing_within_a_distribution_and_grows_with_what_differs():
    random = np.random.default_rng(0)
    real, other = (random.normal(0, 1, (200, 8)) for _ in range(2))
    assert abs(kid.kid(real, other)) < 0.1
    assert kid.kid(real, other + 0.5) < kid.kid(real, other + 1.0)
    with pytest.raises(ValueError, match="At least two"):
        kid.kid(real[:1], other)


def test_features_put_like_pictures_close_together():
    reds, blues, more = ([picture(n, colour) for n in range(start, start + 6)] for colour, start in ((0, 0), (2, 0), (0, 50)))  # fmt: skip
    real = kid.features(reds)
    assert kid.kid(kid.features(more), real) < kid.kid(kid.features(blues), real)


# --- whole runs -----------------------------------------------------------------------------------------------------
@pytest.fixture
def samples(tmp_path):
    rows = []
    for number, (name, colour) in itertools.product(range(9), ((SOURCE, 0), (TARGET, 2))):
        path = tmp_path / f"{name}{number}.png"
        Image.fromarray(picture(number, colour)).save(path)
        rows.append(Sample(path, name, "val" if number > 5 else "train", f"{number}", f"{name}{number}"))
    return rows


def fit(model, samples, out, stop=lambda: False, **changes):
    seen = []
    checkpoint = registry.trainer_class(model)().fit(
        samples, out, config(model, **changes), categories=["a"], on_progress=seen.append, should_stop=stop
    )
    return checkpoint, seen


@pytest.mark.parametrize("model", CONFIGS)
def test_a_run_shows_the_same_inputs_each_time_and_says_what_was_measured(model, samples, tmp_path):
    checkpoint, seen = fit(model, samples, tmp_path / "out")
    assert [list(progress.pictures) for progress in seen] == [list(seen[0].pictures)] * 2
    assert all(path.stat().st_size > 100 for progress in seen for path in progress.pictures.values())
    assert len({path for progress in seen for path in progress.pictures.values()}) == 2 * len(
        seen[0].pictures
    )
    assert all("kid" in progress.metrics for progress in seen)
    said = checkpoint.config
    assert said["kid"] == min(progress.metrics["kid"] for progress in seen)
    assert said["best_epoch"] == 1 + int(np.argmin([progress.metrics["kid"] for progress in seen]))
    assert said["features"] == kid.FEATURES and (said["kid_before"] is None) == (model == "stylegan2")


@pytest.mark.parametrize("model", CONFIGS)
def test_the_rule_keeps_the_last_epoch_where_it_says_so_and_where_nothing_can_be_measured(
    model, samples, tmp_path
):
    assert fit(model, samples, tmp_path / "last", keep="last")[0].config["best_epoch"] == 2
    unmeasured = [sample for sample in samples if sample.split == "train"]
    checkpoint, seen = fit(model, unmeasured, tmp_path / "none")
    assert checkpoint.config["kid"] is None and checkpoint.config["best_epoch"] == 2
    assert "kid" not in seen[-1].metrics


@pytest.mark.parametrize("model", CONFIGS)
def test_a_run_that_was_stopped_in_its_second_epoch_ends_as_if_it_had_not_been(model, samples, tmp_path):
    whole, _ = fit(model, samples, tmp_path / "whole", epochs=3)
    state, calls = tmp_path / "broken" / "state" / "facts.json", iter(range(1000))
    with pytest.raises(Stopped):  # at the second step after the first epoch
        fit(model, samples, tmp_path / "broken", epochs=3, stop=lambda: state.exists() and next(calls) > 2)
    assert json.loads((tmp_path / "broken" / "state" / "facts.json").read_text())["epoch"] >= 1
    assert fit(model, samples, tmp_path / "broken", epochs=3)[0].sha256 == whole.sha256


@pytest.mark.parametrize("model", ["pix2pix", "cyclegan"])
def test_translators_need_both_domains(model, samples, tmp_path):
    with pytest.raises(ValueError, match="both domains"):
        fit(model, [sample for sample in samples if sample.category == SOURCE], tmp_path / "out")


def test_stylegan2_needs_photographs(samples, tmp_path):
    with pytest.raises(ValueError, match="Photographs"):
        fit("stylegan2", [sample for sample in samples if sample.category == SOURCE], tmp_path / "out")


def test_pix2pix_learns_what_its_pairs_show(domains):
    """Here: that the photograph is the negative of the render."""
    negative = [255 - image for image in domains.source.pictures]
    game = Pix2Pix(config("pix2pix", pairs="aligned", learning_rate=2e-3), replace(domains, target=replace(domains.target, pictures=negative)), "cpu")  # fmt: skip
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    losses = [game.step(random)["l1"] for _ in range(70)]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])


def test_cyclegan_brings_renders_nearer_to_photographs_without_pairs(domains):
    game = CycleGan(config("cyclegan", blocks="6", identity=0.0, learning_rate=1e-3), domains, "cpu")
    random = torch.Generator().manual_seed(0)
    for _ in range(90):
        losses = game.step(random)
    wanted, before = (np.mean([one.mean((0, 1)) for one in some], axis=0) for some in (domains.target.pictures, domains.shown.pictures))  # fmt: skip
    made = np.mean([one.mean((0, 1)) for one in game.made()], axis=0)
    assert np.abs(made - wanted).sum() < 0.5 * np.abs(before - wanted).sum(), losses


def test_stylegan2_makes_pictures_of_the_photographs_colours():
    game = StyleGan2(
        config("stylegan2", image_size=16, load_size=24, batch_size=8, ema_kimg=0.05), domain(2), "cpu"
    )
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    wanted = np.mean([one.mean((0, 1)) for one in domain(2).pictures], axis=0)
    far = [np.abs(np.mean([one.mean((0, 1)) for one in game.made()], axis=0) - wanted).sum()]
    for _ in range(160):
        game.step(random)
    far.append(np.abs(np.mean([one.mean((0, 1)) for one in game.made()], axis=0) - wanted).sum())
    assert far[1] < 0.5 * far[0]


def test_stylegan2_makes_the_same_picture_of_a_seed_and_an_average_one_where_it_is_told_to(samples, tmp_path):
    checkpoint, _ = fit("stylegan2", samples, tmp_path / "out")
    maker = registry.predictor_class("stylegan2").load(checkpoint.path)
    first, second = maker.generate([1, 2])
    assert first.shape == (32, 32, 3) and not np.array_equal(first, second)
    assert np.array_equal(maker.generate([2])[0], second)
    flat = maker.generate([1, 2], truncation=0.0)
    assert np.array_equal(flat[0], flat[1])
    assert torch.equal(noise_of(7, 16), noise_of(7, 16))


def test_a_translator_gives_a_picture_as_large_as_the_image(samples, tmp_path):
    checkpoint, _ = fit("cyclegan", samples, tmp_path / "out")
    translator = registry.predictor_class("cyclegan").load(checkpoint.path)
    images = [picture(1, 0, (30, 90)), picture(2, 0, (200, 150)), picture(3, 0, (48, 48))]
    for image, result in zip(images, translator.predict(images), strict=True):
        assert (
            result.image.shape == image.shape
            and result.image.dtype == np.uint8
            and result.kind == "synthesis"
        )


@pytest.mark.parametrize(
    ("model", "bad", "field"),
    [
        ("pix2pix", {"image_size": 40}, "image_size"), ("pix2pix", {"image_size": 64}, "image_size"), ("cyclegan", {"image_size": 30}, "image_size"),
        ("cyclegan", {"patch": 4}, "patch"), ("stylegan2", {"image_size": 24}, "image_size"), ("stylegan2", {"image_size": 64}, "image_size"),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be_are_refused_by_name(model, bad, field):
    with pytest.raises(ValueError, match=field):
        config(model, **bad)


def test_a_sheet_is_as_wide_as_its_pictures_together(tmp_path):
    path = sheet([[picture(1, 0), picture(1, 1)], [picture(2, 2)]], 28, tmp_path / "sheet.png")
    assert Image.open(path).size == (56, 40)
