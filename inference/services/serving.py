"""Loaded models of a worker process: each loaded once, under a lock, the least used ones dropped."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import OrderedDict
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage

from inference.models import ModelVersion
from vision.base import BrokenCheckpoint, Predictor, checkpoint_sha256, choose_device
from vision.registry import predictor_class

KEPT = 3
Key = tuple[int, str]
_loaded: OrderedDict[Key, Predictor] = OrderedDict()
_loading: dict[Key, threading.Lock] = {}
_lock = threading.Lock()  # over the two above; never held while a model loads


def predictor_for(version: ModelVersion) -> Predictor:
    """The version's predictor with its project's settings. Call in a worker's child process, never before a fork.

    Two threads may ask for a model that neither has loaded: one loads it, and those who ask for others go on.
    Raises BrokenCheckpoint when the stored files are not the ones that were registered.
    """
    options = version.project.settings
    key = (version.pk, json.dumps(options, sort_keys=True))
    with _lock:
        if key in _loaded:
            _loaded.move_to_end(key)
            return _loaded[key]
        turn = _loading.setdefault(key, threading.Lock())
    with turn:
        with _lock:
            if key in _loaded:
                return _loaded[key]
        predictor = predictor_class(version.model).load(
            checkpoint_folder(version), device=choose_device(), options=options
        )
        with _lock:
            _loaded[key] = predictor
            _loading.pop(key, None)
            while len(_loaded) > KEPT:
                _loaded.popitem(last=False)
    return predictor


def checkpoint_folder(version: ModelVersion) -> Path:
    """The version's files on this machine, checked against their hash."""
    if isinstance(default_storage, FileSystemStorage):
        folder = Path(default_storage.path(version.weights))
    else:
        folder = _downloaded(version)
    if not _whole(folder, version):
        raise BrokenCheckpoint(f"The files of {version.model} {version.number} are missing or were changed.")
    return folder


def _whole(folder: Path, version: ModelVersion) -> bool:
    return folder.is_dir() and checkpoint_sha256(folder) == version.weights_sha256


def _downloaded(version: ModelVersion) -> Path:
    """From storage on another machine, once; a copy that was damaged here is fetched again."""
    cache = Path(os.environ.get("FRAMELOOP_FOLDER", "var")) / "checkpoints"
    folder = cache / version.weights_sha256
    if _whole(folder, version):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    part = cache / f"{version.weights_sha256}.{os.getpid()}.{threading.get_ident()}.part"
    part.mkdir(parents=True, exist_ok=True)
    for name in default_storage.listdir(version.weights)[1]:
        with default_storage.open(f"{version.weights}/{name}") as source, open(part / name, "wb") as target:
            shutil.copyfileobj(source, target)
    try:
        part.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(part)
    return folder
