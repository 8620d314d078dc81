"""Photographs that pinned packages ship, as RGB arrays; a test that needs one that is not installed skips and says so."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from training.services.demo import PHOTOGRAPHS, locate


def photograph(name: str) -> np.ndarray:
    """uint8 [H, W, 3], such as "bus.jpg"."""
    for known in PHOTOGRAPHS:
        if known.path.endswith(f"/{name}") and (path := locate(known)):
            return np.array(Image.open(path).convert("RGB"))
    pytest.skip(f"no installed package ships {name}")
