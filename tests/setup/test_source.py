"""The running app offers its source, as the AGPL asks."""

import io
import tarfile

from django.test import Client


def packed(answer) -> list[str]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        return archive.getnames()


def test_from_a_checkout_git_packs_it(db):
    names = packed(Client().get("/source.tar.gz"))
    assert {"frameloop/manage.py", "frameloop/LICENSE"} <= set(names)
    assert not [name for name in names if name.startswith(("frameloop/var/", "frameloop/.venv/"))]


def test_an_image_carries_it(db, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    assert Client().get("/source.tar.gz").status_code == 404
    with tarfile.open(tmp_path / "source.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("frameloop/LICENSE"))
    assert packed(Client().get("/source.tar.gz")) == ["frameloop/LICENSE"]
