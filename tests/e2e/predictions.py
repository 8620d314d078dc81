"""What a production version says of a project's images, given to a running stack without training one: run as a process of
its own in the stack's environment (`predict`), it stores what it reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import quote

from config.local.supervisor import ROOT
from tests.e2e.stack import Stack

Boxes = list[dict[str, Any]]


def predict(stack: Stack, project: int, said: dict[str, Boxes]) -> None:
    """`said`: the boxes of each image, by its name; they keep the order of their scores."""
    _tell(stack, {"project": project, "said": said})


def predict_mattes(stack: Stack, project: int, said: dict[str, bytes]) -> None:
    """`said`: the matte of each image, as a PNG, by its name."""
    _tell(
        stack, {"project": project, "mattes": {name: b64encode(data).decode() for name, data in said.items()}}
    )


def _tell(stack: Stack, said: dict[str, Any]) -> None:
    known = json.loads((stack.folder / "local.json").read_text())
    password, port = quote(known["postgres_password"], safe=""), known["postgres_port"]
    own = {
        **os.environ,
        "DATABASE_URL": f"postgresql://frameloop:{password}@127.0.0.1:{port}/frameloop",
        "SECRET_KEY": known["secret_key"],
        "MEDIA_ROOT": str(stack.folder / "media"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.e2e.predictions"], cwd=ROOT, env=own, check=True, text=True,
        input=json.dumps(said),
    )  # fmt: skip


def main() -> None:
    import django

    django.setup()
    from inference.models import ModelVersion
    from inference.services.results import Said, store
    from labeling.models import Image
    from labeling.services.mattes import matte_store

    asked = json.load(sys.stdin)
    project, boxes, mattes = asked["project"], asked.get("said", {}), asked.get("mattes", {})
    version, _ = ModelVersion.objects.get_or_create(
        project_id=project, model="unet_matting" if mattes else "yolo", number=1,
        defaults={"stage": ModelVersion.Stage.PRODUCTION},
    )  # fmt: skip
    images = {image.name: image.pk for image in Image.objects.filter(project=project)}
    kept = {name: matte_store(project_id=project, data=b64decode(data)) for name, data in mattes.items()}
    store(version, [
        Said(images[name], {"boxes": found}, max((box["score"] for box in found), default=None), 0.5, 1.0)
        for name, found in boxes.items()
    ] + [
        Said(images[name], {"alpha": matte.sha256}, 0.9, 0.5, 1.0) for name, matte in kept.items()
    ])  # fmt: skip


if __name__ == "__main__":
    main()
