"""Predicted mattes: files before they are rows."""

from __future__ import annotations

from dataclasses import replace

from labeling.services.mattes import matte_store
from vision.results import AlphaMatte, Result, result_from_json


def result_kept(result: Result, *, kind: str, project_id: int, size: tuple[int, int]) -> Result:
    """A predictor's result as it can be written down: of a matte its file is stored. `size` is the image's width and
    height. Raises ValueError for what is no result of the kind."""
    if isinstance(result, AlphaMatte):
        result = replace(result, sha256=matte_store(project_id=project_id, data=png_of(result, size)).sha256)
    result_from_json(kind, result.to_json())
    return result


def png_of(matte: AlphaMatte, size: tuple[int, int]) -> bytes:
    """As an 8-bit grey PNG. Raises ValueError for one that is not of that width and height, or has no number somewhere."""
    from vision.mattes import alpha_png, to_levels

    if matte.alpha.shape != (size[1], size[0]):
        raise ValueError(f"alpha: {matte.alpha.shape[::-1]} pixels are not those of the image, {size}")
    return alpha_png(to_levels(matte.alpha))
