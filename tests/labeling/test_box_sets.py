"""Public sets of boxes come in whole, as COCO and as YOLO, and say the same. FRAMELOOP_BOX_SETS names the folder that
holds them, each with `images/`, `labels/`, `classes.txt` and `annotations.coco.json`."""

import json
import os
from pathlib import Path

import pytest

from labeling.models import Annotation, Image
from labeling.services.projects import project_create
from tests.labeling.test_archives import packed, result

SETS = Path(os.environ.get("FRAMELOOP_BOX_SETS", "") or "/nonexistent")
FEW = 25
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not SETS.is_dir(), reason="FRAMELOOP_BOX_SETS names no folder with public sets of boxes"
    ),
]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def boxes(project):
    rows = Annotation.objects.filter(project=project, current=True).select_related("image")
    return {
        row.image.name: sorted((one["category"], *one["bbox"]) for one in row.result["boxes"]) for row in rows
    }


@pytest.mark.parametrize(
    "name", ["fridge-interior", "groceries-detect", "coco-mini", "fridge-objects-detect", "fridge-aicook"]
)
def test_a_public_set_says_the_same_as_coco_and_as_yolo(manager_api, manager, name):
    if not (SETS / name / "annotations.coco.json").exists():
        pytest.skip(f"FRAMELOOP_BOX_SETS holds no {name}")
    value = json.loads((SETS / name / "annotations.coco.json").read_text())
    value["images"] = value["images"][:FEW]
    ids = {row["id"] for row in value["images"]}
    value["annotations"] = [row for row in value["annotations"] if row["image_id"] in ids]
    names = [Path(row["file_name"]).name for row in value["images"]]
    pictures = {f"images/{one}": (SETS / name / "images" / one).read_bytes() for one in names}
    lines = {
        f"labels/{Path(one).stem}.txt": (SETS / name / "labels" / f"{Path(one).stem}.txt").read_text()
        for one in names
    }
    classes = {"classes.txt": (SETS / name / "classes.txt").read_text()}
    found = []
    for format, files in (("coco", {"annotations.coco.json": json.dumps(value)}), ("yolo", lines | classes)):
        project = project_create(
            by=manager, name=format, kind="detection", categories=[{"name": "a"}, {"name": "b"}]
        )
        said = result(manager_api, project, packed(pictures | files), create_categories="true")
        assert said["format"] == format and said["rejected"] == [] and said["conflicts"] == []
        assert Image.objects.filter(project=project).count() == len(names)
        found.append(boxes(project))
    first, second = found
    assert first.keys() == second.keys() and sum(map(len, first.values())) == len(
        [row for row in value["annotations"] if not row.get("iscrowd")]
    )
    for key, some in first.items():
        assert len(some) == len(second[key])
        for one in some:
            assert any(one[0] == two[0] and one[1:] == pytest.approx(two[1:], abs=0.6) for two in second[key])
