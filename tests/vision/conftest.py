"""A two-stage model whose answer is known beforehand."""

import json

import pytest
import torch
from safetensors.torch import save_file

from vision.base import CONFIG, WEIGHTS
from vision.config import to_json
from vision.models.two_stage.config import TwoStageConfig
from vision.models.two_stage.network import Classifier
from vision.models.two_stage.predictor import DEFAULTS, TwoStagePredictor

CATEGORIES = ["engaged", "non-engaged", "animated"]


class Sees:
    """A detector that sees the same in every frame."""

    def __init__(self, *entities):
        self.entities = entities

    def detect(self, images, *, threshold):
        return [[entity for entity in self.entities if entity.score >= threshold] for _ in images]


@pytest.fixture
def load(tmp_path):
    """A checkpoint that always answers one category."""

    def make(category, crop="face", entities=None, **options):
        config = TwoStageConfig(crop=crop, backbone="scratch", image_size=32)
        classifier = Classifier(config, len(CATEGORIES))
        torch.nn.init.zeros_(classifier.head.weight)
        classifier.head.bias.data = torch.tensor([4.0 * (name == category) for name in CATEGORIES])
        save_file(classifier.state_dict(), tmp_path / WEIGHTS)
        (tmp_path / CONFIG).write_text(
            json.dumps({"model": "two_stage", "categories": CATEGORIES, "config": to_json(config)})
        )
        predictor = TwoStagePredictor.load(tmp_path, options={**options, "entities": []})
        if entities is not None:  # what stage 1 sees is given: its weights are not needed
            predictor.options["entities"] = DEFAULTS["entities"]
            predictor.detector = Sees(*entities)
        return predictor

    return make
