"""Pretrained parts that the settings name: by path or by address, and never another file than the one that is meant."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vision import weights
from vision.weights import MissingWeights

CONTENT = b"not a model, but its bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PARTS = {
    "FRAMELOOP_DETECTOR": weights.detector,
    "FRAMELOOP_FACE_FINDER": weights.face_finder,
    "FRAMELOOP_BACKBONE": weights.backbone,
    "FRAMELOOP_MATTING": weights.matting,
}


class Quiet(SimpleHTTPRequestHandler):
    asked = 0

    def log_message(self, *args):
        Quiet.asked += 1


@pytest.fixture
def address(tmp_path):
    """Of a server on this machine that has the file."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "part.onnx").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/part.onnx"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.mark.parametrize("setting", PARTS)
def test_a_path_is_used_and_its_hash_is_checked_where_it_is_told(setting, tmp_path, monkeypatch):
    file = tmp_path / "part.onnx"
    file.write_bytes(CONTENT)
    monkeypatch.setenv(setting, str(file))
    assert PARTS[setting]() == file
    monkeypatch.setenv(f"{setting}_SHA256", SHA256.upper())
    assert PARTS[setting]() == file
    monkeypatch.setenv(f"{setting}_SHA256", "0" * 64)
    with pytest.raises(MissingWeights, match="SHA-256 differs"):
        PARTS[setting]()
    file.unlink()
    with pytest.raises(MissingWeights, match="is not there"):
        PARTS[setting]()


@pytest.mark.parametrize("setting", PARTS)
def test_an_address_is_fetched_once_and_kept(setting, address, folder, monkeypatch):
    monkeypatch.setenv(setting, address)
    monkeypatch.setenv(f"{setting}_SHA256", SHA256)
    before = Quiet.asked
    found = PARTS[setting]()
    assert found.read_bytes() == CONTENT and found == PARTS[setting]() == folder / f"{SHA256}.onnx"
    assert Quiet.asked == before + 1


def test_an_address_without_its_hash_is_not_fetched(address, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_DETECTOR", address)
    before = Quiet.asked
    with pytest.raises(MissingWeights, match="Set the SHA-256"):
        weights.detector()
    assert Quiet.asked == before


@pytest.mark.parametrize("missing", [False, True])
def test_another_file_than_the_one_that_is_meant_is_not_kept(address, folder, monkeypatch, missing):
    monkeypatch.setenv("FRAMELOOP_DETECTOR", address + (".old" if missing else ""))
    monkeypatch.setenv("FRAMELOOP_DETECTOR_SHA256", "0" * 64)
    with pytest.raises(MissingWeights, match="could not be fetched" if missing else "SHA-256 differs"):
        weights.detector()
    assert list(folder.iterdir()) == []


def test_fetching_takes_the_detector_that_the_settings_name(address, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_DETECTOR", address)
    monkeypatch.setenv("FRAMELOOP_DETECTOR_SHA256", SHA256)
    assert weights.fetch(folder).read_bytes() == CONTENT
    assert not (folder / weights.DETECTOR).exists()
