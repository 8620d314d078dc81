"""Every model by name. Dotted paths, resolved on first use, so that listing models imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from vision import config as configs
from vision.base import Predictor, Trainer

SYNTHESIS = "synthesis"  # the kind of models that make pictures, in projects of whatever kind


@dataclass(frozen=True)
class Entry:
    kind: str
    title: str
    config: str
    predictor: str
    trainer: str = ""  # none: such a model is made of its config alone
    by_attributes: bool = False  # its predictor is an AttributePredictor, which looks at no pixel
    translates: bool = False  # of a generator: it makes a picture of another one


MODELS: dict[str, Entry] = {
    "two_stage": Entry(
        kind="classification",
        title="Two stages: what is in the frame, then the face",
        config="vision.models.two_stage.config:TwoStageConfig",
        predictor="vision.models.two_stage.predictor:TwoStagePredictor",
        trainer="vision.models.two_stage.trainer:TwoStageTrainer",
    ),
    "yolo": Entry(
        kind="detection",
        title="YOLO11: boxes in one look",
        config="vision.models.yolo.config:YoloConfig",
        predictor="vision.models.yolo.predictor:YoloPredictor",
        trainer="vision.models.yolo.trainer:YoloTrainer",
    ),
    "unet_matting": Entry(
        kind="matting",
        title="U-Net: a soft matte in one look",
        config="vision.models.unet_matting.config:UnetMattingConfig",
        predictor="vision.models.unet_matting.predictor:UnetMattingPredictor",
        trainer="vision.models.unet_matting.trainer:UnetMattingTrainer",
    ),
    "segmenter": Entry(
        kind="matting",
        title="A packaged segmenter: mattes before anything is learned",
        config="vision.models.segmenter.config:SegmenterConfig",
        predictor="vision.models.segmenter.predictor:SegmenterPredictor",
    ),
    "majority": Entry(
        kind="classification",
        title="Majority: the share of each category, as a baseline",
        config="vision.models.majority.config:MajorityConfig",
        predictor="vision.models.majority.model:MajorityPredictor",
        trainer="vision.models.majority.model:MajorityTrainer",
    ),
    "rule": Entry(
        kind="classification",
        title="Rule: which way the head is turned",
        config="vision.models.rule.config:RuleConfig",
        predictor="vision.models.rule.predictor:RulePredictor",
        by_attributes=True,
    ),
    "cyclegan": Entry(
        kind=SYNTHESIS,
        title="CycleGAN: renders as photographs, without pairs",
        config="vision.models.cyclegan.config:CycleGanConfig",
        predictor="vision.models.cyclegan.predictor:CycleGanPredictor",
        trainer="vision.models.cyclegan.trainer:CycleGanTrainer",
        translates=True,
    ),
    "pix2pix": Entry(
        kind=SYNTHESIS,
        title="Pix2Pix: renders as photographs, by pairs",
        config="vision.models.pix2pix.config:Pix2PixConfig",
        predictor="vision.models.pix2pix.predictor:Pix2PixPredictor",
        trainer="vision.models.pix2pix.trainer:Pix2PixTrainer",
        translates=True,
    ),
    "stylegan2": Entry(
        kind=SYNTHESIS,
        title="StyleGAN2: new pictures like the photographs",
        config="vision.models.stylegan2.config:StyleGan2Config",
        predictor="vision.models.stylegan2.predictor:StyleGan2Predictor",
        trainer="vision.models.stylegan2.trainer:StyleGan2Trainer",
    ),
}
# What makes pictures and says nothing of any: it pre-labels nothing, and is in production beside what does.
GENERATORS = tuple(name for name, entry in MODELS.items() if entry.kind == SYNTHESIS)


def entry(name: str) -> Entry:
    """Raises ValueError for a model that is not there."""
    if name not in MODELS:
        raise ValueError(f"model: no model {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]


def config_class(name: str) -> type[Any]:
    return _resolve(entry(name).config)


def parse_config(name: str, params: Mapping[str, Any]) -> Any:
    """A model's config from its JSON; raises ValueError that names the field."""
    return configs.parse(config_class(name), params)


def config_fields(name: str) -> list[dict[str, Any]]:
    return configs.describe(config_class(name))


def categories_named(config: Any) -> dict[str, str]:
    """{field: category} of a model's config, which the project must have."""
    return configs.categories(config)


def predictor_class(name: str) -> type[Predictor]:
    return _resolve(entry(name).predictor)


def trainer_class(name: str) -> type[Trainer]:
    """Raises ValueError for a model that is not trained."""
    if not entry(name).trainer:
        raise ValueError(f"model: {name} is not trained")
    return _resolve(entry(name).trainer)


def _resolve(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
