"""The Dockerfile: what goes into the images, and as whom they run."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

from config.local.supervisor import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = {
    match[2]: match[3]
    for match in re.finditer(
        r"^FROM (\S+) AS (\w+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", row) for row in requirements if row and not row.startswith("#"))
    return {re.sub("[._]", "-", match[0]).lower() for match in found if match}


def lock(name: str) -> set[str]:
    return names((ROOT / name).read_text().splitlines())


def test_what_serves_runs_as_an_ordinary_user():
    for stage in ("web", "worker"):
        users = re.findall(r"^USER (\w+)$", STAGES[stage], re.MULTILINE)
        assert users == ["frameloop"]
        assert STAGES[stage].index("USER ") > STAGES[stage].rindex("RUN ")


def test_the_web_image_has_all_it_imports_and_no_torch():
    web = lock("requirements-web.lock")
    assert names(PROJECT["dependencies"]) <= web
    assert not web & {
        "torch",
        "torchvision",
        "ultralytics",
        "onnxruntime",
        "opencv-python-headless",
        "scikit-learn",
    }


def test_web_and_beat_import_nothing_that_their_image_lacks():
    lacking = lock("requirements.lock") - lock("requirements-web.lock")
    modules = {
        module for module, owners in packages_distributions().items()
        if {re.sub("[._]", "-", owner).lower() for owner in owners} <= lacking
    }  # fmt: skip
    assert {"torch", "cv2", "onnxruntime", "sklearn"} <= modules
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)!r}))\n"
        "import django; django.setup()\n"
        "import config.urls, config.celery; config.celery.app.loader.import_default_modules()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_the_worker_image_takes_every_version_from_the_lock():
    wanted = names(PROJECT["dependencies"]) | names(PROJECT["optional-dependencies"]["worker"])
    assert wanted <= lock("requirements.lock")


def test_no_secret_and_no_data_gets_in():
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", "var", ".git", ".venv"} <= set(left_out)


def test_both_images_carry_what_the_other_files_name():
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for path in copied.split():
            assert (ROOT / path).exists(), path
