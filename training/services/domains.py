"""What generators learn from, frozen: renders, and the photographs that they are to be like."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from labeling.lookups import among
from labeling.models import Image, Project, User
from labeling.services.splits import split_assign
from labeling.services.units import LEARNED_ONLY
from training.models import Snapshot

SOURCE, TARGET = "source", "target"
EVERY = 6  # of so many one is shown and measured, and not learned from
LEAST_MEASURED = 2


def domains_freeze(*, project: Project, by: User | None, photographs: str) -> Snapshot:
    """Renders and photographs of this moment. Nothing that is held out is among them: `photographs` are those that are learned
    from (`learned`), or `all` but the held-out ones; what has no side yet is learned from, from then on, and never held out.

    Raises ValueError where there are none.
    """
    split_assign(project=project)
    rows = [*_renders(project), *_photographs(project, photographs)]
    if not any(row["category"] == TARGET for row in rows):
        raise ValueError("There are no photographs to be like: label some, or take all photographs.")
    text = "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows).encode()
    sha256 = hashlib.sha256(text).hexdigest()
    key = f"snapshots/{sha256}.jsonl"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(text))
    domains: dict[str, Counter[str]] = {SOURCE: Counter(), TARGET: Counter()}
    for row in rows:
        domains[row["category"]][row["split"]] += 1
    snapshot, _ = Snapshot.objects.get_or_create(
        project=project, sha256=sha256,
        defaults={
            "manifest": key, "count": len(rows), "domains": domains, "images": Counter(row["split"] for row in rows), "created_by": by,
            "categories": list(project.categories.values_list("name", flat=True)),
        },
    )  # fmt: skip
    return snapshot


def _renders(project: Project) -> list[dict[str, Any]]:
    found = import_string(settings.RENDERED_PICTURES)(project_id=project.pk)
    measured = _measured(range(len(found)))
    return [_row(row, SOURCE, "val" if n in measured else "train") for n, row in enumerate(found)]


def _measured(keys: Sequence[int]) -> set[int]:
    """Every sixth, and of few more: two at least."""
    step = max(2, min(EVERY, len(keys) // LEAST_MEASURED))
    return set(keys[step - 1 :: step])


def _photographs(project: Project, photographs: str) -> list[dict[str, Any]]:
    images = Image.objects.filter(project=project, deleted_at=None, error="").exclude(source__in=LEARNED_ONLY)
    if photographs == "all":
        fresh = list(images.filter(split="").values_list("pk", flat=True))
        Image.objects.filter(pk__in=among(fresh), split="").update(split=Image.Split.TRAIN)
    rows = list(
        images.filter(split__in=["train", "val"]).order_by("pk").values("pk", "sha256", "name", "split")
    )
    measured = {row["pk"] for row in rows if row["split"] == "val"}
    if len(measured) < LEAST_MEASURED:  # too few to be compared with
        learned = [row["pk"] for row in rows if row["split"] == "train"]
        measured |= _measured(learned)
    return [
        _row({"image": row["pk"], "sha256": row["sha256"], "name": row["name"]}, TARGET, "val" if row["pk"] in measured else "train")
        for row in rows
    ]  # fmt: skip


def _row(row: dict[str, Any], domain: str, split: str) -> dict[str, Any]:
    """`group` is the stem of its name: a render and a photograph of one stem are a pair."""
    return {**row, "category": domain, "split": split, "group": PurePath(row["name"]).stem}
