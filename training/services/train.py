"""Carrying a run out: a child process trains, this one watches it, writes down what it says and can kill it.

The child knows files and JSON alone (`python -m vision.fit`); it dies with this process. Every state that can be
resumed goes to storage, so that another attempt, on another machine too, goes on from it.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import InterfaceError, OperationalError, transaction

from inference.models import ModelVersion
from inference.services.prelabel import Said, store
from inference.services.versions import version_register
from labeling.models import Project
from labeling.models.image import file_key
from labeling.models.matte import matte_key
from labeling.services.jobs import JobFailed, JobRun, Superseded
from labeling.services.mattes import matte_store
from training.models import Metric, TrainingRun
from training.services.generators import generator_report
from training.services.judging import JUDGES
from training.services.snapshots import snapshot_rows
from training.services.truth import truth_of
from vision.base import read_config
from vision.registry import GENERATORS

SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|KEY|CREDENTIAL|_URL$|DSN", re.IGNORECASE)
GRACE = 8  # seconds between asking the child to stop and killing it
STATE_FILES = ("facts.json", "tensors.safetensors")
STATE_TRIES = 500  # a hundredth of a second each


class TrainingFailed(JobFailed):
    """What the child said last."""


def run_train(*, run: JobRun) -> None:
    """One attempt of a run, from its data to its registered version."""
    training = TrainingRun.objects.select_related("snapshot", "project").get(pk=run.job.pk)
    try:
        _attempt(run, training)
    except (Superseded, OperationalError, InterfaceError):
        raise  # there is, or will be, another attempt, which goes on from the state that was kept
    except OSError as error:
        _forget_state(_state_folder(training))
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TrainingFailed("The storage is full: make room, and start the run again.") from error
        raise
    except Exception:
        _forget_state(_state_folder(training))
        raise
    _forget_state(_state_folder(training))


def _attempt(run: JobRun, training: TrainingRun) -> None:
    rows = snapshot_rows(training.snapshot)
    with tempfile.TemporaryDirectory(prefix="frameloop-run-") as folder:
        out = Path(folder) / "out"
        out.mkdir()
        _fetch_state(training, out, run)
        spec = {
            "model": training.model, "config": training.params, "categories": training.snapshot.categories,
            "samples": _materialise(rows, Path(folder) / "images"), "out": str(out), "options": training.project.settings,
        }  # fmt: skip
        path = Path(folder) / "spec.json"
        path.write_text(json.dumps(spec))
        for warning in training.snapshot.warnings:
            run.log(f"Note: {warning}")
        done = _watch(run, training, path)
        _mattes_kept(run, training, done, rows, out)
        version = _register(run, training, done, rows)
    run.write(result={"model_version": version.pk, "metrics": version.metrics})
    run.log(f"Registered {version.model} {version.number}.")


def _materialise(rows: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """The snapshot's images as files on this machine: the stored ones themselves where storage is a folder."""
    folder.mkdir()
    samples = []
    for row in rows:
        path = _at_hand(file_key(row["sha256"]), folder / row["sha256"])
        said = {name: row[name] for name in ("category", "boxes", "split", "group") if name in row}
        mattes = {
            name: str(_at_hand(matte_key(row[name]), folder / f"{row[name]}.png"))
            for name in ("alpha", "trimap")
            if name in row
        }
        samples.append({"id": row["image"], "path": str(path), **said, **mattes})
    return samples


def _at_hand(key: str, target: Path) -> Path:
    """A stored file on this machine: itself where storage is a folder, else a copy in `target`."""
    if isinstance(default_storage, FileSystemStorage):
        return Path(default_storage.path(key))
    with default_storage.open(key) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)
    return target


# --- the child -------------------------------------------------------------------------------------------------
def _watch(run: JobRun, training: TrainingRun, spec: Path) -> dict[str, Any]:
    """Until the child ends: its lines into rows. Returns its last word. Raises Cancelled, TrainingFailed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "vision.fit", str(spec)], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True, env=_child_environment(),
    )  # fmt: skip
    lines: queue.Queue[str | None] = queue.Queue()
    last: deque[str] = deque(maxlen=15)
    readers = [
        threading.Thread(target=_read, args=(child.stdout, lines.put), daemon=True),
        threading.Thread(
            target=_read, args=(child.stderr, lambda line: last.append(line) if line else None), daemon=True
        ),
    ]
    for reader in readers:
        reader.start()
    try:
        done = _follow(run, training, lines, child)
    finally:
        _end(child)
    code = child.wait()
    readers[1].join(5)
    if done is None:
        raise TrainingFailed(_explain(code, list(last)))
    return done


def _child_environment() -> dict[str, str]:
    """Only what training needs: no database, no broker, no key; nothing that sounds like one."""
    safe = {name: value for name, value in os.environ.items() if not SECRET.search(name)}
    # OpenMP's threads spin while they wait, and take the cores from those who serve people.
    return {"OMP_WAIT_POLICY": "PASSIVE", **safe}


def _read(stream: IO[str] | None, put: Any) -> None:
    assert stream
    for line in stream:
        put(line)
    put(None)


def _follow(
    run: JobRun, training: TrainingRun, lines: queue.Queue[str | None], child: subprocess.Popen[str]
) -> dict[str, Any] | None:
    done, looked = None, 0.0
    while True:
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            run.check_cancelled()
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            continue
        if line is None:
            return done
        message = json.loads(line)
        if message["type"] == "done":
            done = message
        else:
            _note(run, training, message)


def _note(run: JobRun, training: TrainingRun, message: dict[str, Any]) -> None:
    if message["type"] == "log":
        run.log(message["message"])
    elif message["type"] == "state":
        _keep_state(training, Path(message["path"]), run)
    elif message["type"] == "progress":
        values = {**message["metrics"], "seconds_left": message["seconds_left"]}
        pictures = _pictures_kept(training, message)
        Metric.objects.update_or_create(
            run=training, epoch=message["epoch"], defaults={"values": values, "pictures": pictures}
        )
        run.progress(message["epoch"], total=message["epochs"])
        figures = ", ".join(f"{name} {value:.4g}" for name, value in message["metrics"].items())
        what = f" ({message['message']})" if message["message"] else ""
        run.log(f"Epoch {message['epoch']} of {message['epochs']}{what}: {figures}")


def _pictures_kept(training: TrainingRun, message: dict[str, Any]) -> dict[str, str]:
    """{image's id: its picture's key in storage}, of those that the trainer shows."""
    kept = {}
    for image, path in message["pictures"].items():
        key = f"runs/{training.pk}/pictures/{message['epoch']}-{image}.png"
        with open(path, "rb") as file:
            kept[image] = default_storage.save(key, File(file))
    return kept


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _explain(code: int, lines: list[str]) -> str:
    if code == -signal.SIGKILL:
        return "The training process was killed, perhaps for its memory: use a smaller batch or image size."
    text = [line.strip() for line in lines if line and line.strip()]
    # A refusal of the trainer is a sentence already; other faults keep their kind.
    last = re.sub(r"^(ValueError|vision\.[\w.]+): ", "", text[-1]) if text else ""
    return (last or f"The training process ended with code {code}.")[:500]


# --- states that can be resumed ----------------------------------------------------------------------------------
def _state_folder(training: TrainingRun) -> str:
    return f"runs/{training.pk}"


def _keep_state(training: TrainingRun, folder: Path, run: JobRun) -> None:
    """Two places by turns, so that the newest complete one is there whenever this breaks off."""
    with ExitStack() as opened:
        files = {name: opened.enter_context(file) for name, file in _state_files(folder).items()}
        epoch = json.load(files["facts.json"])["epoch"]
        target = f"{_state_folder(training)}/{epoch % 2}"
        for name in reversed(STATE_FILES):
            files[name].seek(0)
            default_storage.save(f"{target}/{name}", File(files[name], name=name))
    run.write()  # this attempt still owns the job, or Superseded
    TrainingRun.objects.filter(pk=training.pk).update(checkpoint=target)


def _state_files(folder: Path) -> dict[str, IO[bytes]]:
    """The files of one state, open. The child puts a newer one in its place whenever it has one: names alone would lead
    from the one to the other, and for a moment nowhere."""
    for _ in range(STATE_TRIES):
        files: dict[str, IO[bytes]] = {}
        try:
            directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                for name in STATE_FILES:
                    files[name] = os.fdopen(os.open(name, os.O_RDONLY, dir_fd=directory), "rb")
            finally:
                os.close(directory)
            return files
        except FileNotFoundError:
            for file in files.values():
                file.close()
            time.sleep(0.01)
    raise FileNotFoundError(errno.ENOENT, "no state was found", str(folder))


def _fetch_state(training: TrainingRun, out: Path, run: JobRun) -> None:
    if not training.checkpoint:
        return
    target = out / "state"
    target.mkdir()
    for name in STATE_FILES:
        with (
            default_storage.open(f"{training.checkpoint}/{name}") as source,
            open(target / name, "wb") as file,
        ):
            shutil.copyfileobj(source, file)
    run.log("Going on from the last epoch that was kept.")


def _forget_state(folder: str) -> None:
    for number in ("0", "1"):
        for name in STATE_FILES:
            default_storage.delete(f"{folder}/{number}/{name}")


# --- the end -----------------------------------------------------------------------------------------------------
def _register(
    run: JobRun, training: TrainingRun, done: dict[str, Any], rows: list[dict[str, Any]]
) -> ModelVersion:
    """The version with its predictions on the held-out images and what they are worth: all of it, or nothing, and
    once. A second attempt that comes here again finds the version of the first."""
    with transaction.atomic():
        training.refresh_from_db()
        version = training.model_version or _registered(training, done, rows)
        run.write()  # this attempt still owns the job, or Superseded
    return version


def _registered(training: TrainingRun, done: dict[str, Any], rows: list[dict[str, Any]]) -> ModelVersion:
    checkpoint = Path(done["checkpoint"])
    generates = training.model in GENERATORS
    described = read_config(checkpoint)
    version = version_register(
        project=training.project, model=training.model, checkpoint=checkpoint, sha256=done["sha256"],
        config=described, snapshot=training.snapshot.sha256, by=training.job.created_by,
        learned_at=training.snapshot.created,
    )  # fmt: skip
    version.metrics = generator_report(described) if generates else _judged(training, version, done, rows)
    version.save(update_fields=["metrics"])
    TrainingRun.objects.filter(pk=training.pk).update(model_version=version)
    return version


def _judged(
    training: TrainingRun, version: ModelVersion, done: dict[str, Any], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """The version's predictions on the held-out images, stored, and what they are worth."""
    said = {int(row["id"]): row for row in done["test"]}
    store(version, [_said(pk, row) for pk, row in said.items()])
    held_out = [row for row in rows if row["split"] == "test"]
    truth = [truth_of(row) for row in held_out]
    results = [said.get(row["image"], {}).get("result") for row in held_out]
    return JUDGES[training.project.kind].report(truth, results, training.snapshot.categories)


def _said(pk: int, row: dict[str, Any]) -> Said:
    if "error" in row:
        return Said(pk, None, None, None, 0, row["error"])
    embedding = bytes.fromhex(row["embedding"]) if row["embedding"] else None
    return Said(pk, row["result"], row["score"], row["uncertainty"], row["ms"], embedding=embedding)


def _mattes_kept(
    run: JobRun, training: TrainingRun, done: dict[str, Any], rows: list[dict[str, Any]], out: Path
) -> None:
    """The files that the predictions name, and what they are worth; before the transaction, for it takes its time."""
    if training.project.kind != Project.Kind.MATTING or training.model in GENERATORS:
        return
    said = {int(row["id"]): row.get("result") for row in done["test"]}
    for result in filter(None, said.values()):
        data = (out / "mattes" / f"{result['alpha']}.png").read_bytes()
        matte_store(project_id=training.project_id, data=data)
    held_out = [row for row in rows if row["split"] == "test"]
    judge = JUDGES[training.project.kind]
    run.log(f"Comparing {len(held_out)} mattes with the true ones.")
    truth, results = [truth_of(row) for row in held_out], [said.get(row["image"]) for row in held_out]
    judge.prepare(truth, results, run.check_cancelled)
    if left_out := judge.can_say(truth, results).count(False):
        run.log(f"{left_out} of them could not be compared: a file is missing or damaged.")
