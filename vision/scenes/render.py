"""Blender in a process of its own: plans in, pictures with exact boxes out. It can crash or hang without taking anybody along."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from PIL import Image

from vision.scenes.boxes import Index, Outline, Seen, things_seen
from vision.scenes.plan import Plan

ROOT = Path(__file__).resolve().parents[2]
STAGE = Path(__file__).resolve().parent / "stage" / "main.py"
START_SECONDS = 60.0
SCENE_SECONDS = 900.0  # without an answer: it hangs
HOW = "Run `make blender`, or set FRAMELOOP_BLENDER to a blender (3.6 or newer) or to a Python that has bpy."


class BlenderMissing(RuntimeError):
    """Says how to get it."""


class RenderFailed(RuntimeError):
    """One scene could not be rendered; the next one can. The message is for people."""


@dataclass(frozen=True)
class Rendered:
    """`picture` is a PNG. `index` has the number of the thing that is seen in each pixel."""

    picture: bytes
    index: Index
    seen: list[Seen]
    seconds: float


def blender_command() -> list[str]:
    """What starts Blender with our script. Raises BlenderMissing."""
    named = os.environ.get("FRAMELOOP_BLENDER", "").strip()
    if named:
        found = shutil.which(named)
        if found is None:
            raise BlenderMissing(f"FRAMELOOP_BLENDER names {named}, which is not there. {HOW}")
        return _started(found)
    beside = ROOT / ".venv-blender" / "bin" / "python"
    if beside.exists():
        return _started(str(beside))
    installed = shutil.which("blender")
    if installed is None:
        raise BlenderMissing(f"Blender is not installed; everything else works. {HOW}")
    return _started(installed)


def _started(program: str) -> list[str]:
    if "python" in Path(program).name:
        return [program, str(STAGE)]
    return [program, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(STAGE)]


class Renderer:
    """A Blender that renders scene after scene, started when it is first needed and again when it died."""

    def __init__(
        self, command: list[str] | None = None, *, seconds: float = SCENE_SECONDS, threads: int = 0
    ) -> None:
        """`threads` of 0 are as many as there are cores. Raises BlenderMissing."""
        self.command, self.seconds, self.threads = command or blender_command(), seconds, threads
        self.process: subprocess.Popen[str] | None = None
        self.scratch: tempfile.TemporaryDirectory[str] | None = None
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.last: deque[str] = deque(maxlen=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def render(self, plan: Plan) -> Rendered:
        """Raises RenderFailed."""
        with tempfile.TemporaryDirectory(prefix="frameloop-scene-") as folder:
            said = self._ask({"plan": plan.to_json(), "folder": folder})
            index = read_index(Path(folder) / "index.png")
            return Rendered(
                (Path(folder) / "picture.png").read_bytes(), index,
                things_seen(index, read_outlines(Path(folder) / "outlines.npz")), float(said["seconds"]),
            )  # fmt: skip

    def inspect(self, model: Path) -> tuple[tuple[float, float, float], int]:
        """The size of somebody's model as Blender reads it, and its number of triangles. Raises RenderFailed."""
        said = self._ask({"inspect": str(model)})
        width, depth, height = said["size"]
        return (width, depth, height), int(said["triangles"])

    def kill(self) -> None:
        """From another thread: whoever waits for an answer is told that it crashed."""
        if (process := self.process) is not None:
            # With its group: `blender` may be a script that starts the real one, and that would go on.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        if self.process is None:
            return
        self.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.process = None
        if self.scratch:
            self.scratch.cleanup()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        except OSError as error:
            raise self._dead() from error
        said = self._answer(self.seconds)
        if "error" in said:
            raise RenderFailed(str(said["error"])[:500])
        return said

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            self._start()
        assert self.process
        return self.process

    def _start(self) -> None:
        self.lines, self.last = queue.Queue(), deque(maxlen=20)
        # Blender leaves its temporary folder behind when it is killed.
        self.scratch = tempfile.TemporaryDirectory(prefix="frameloop-blender-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            start_new_session=True, env=_environment(self.threads, self.scratch.name),
        )  # fmt: skip
        for stream, put in ((self.process.stdout, self.lines.put), (self.process.stderr, self.last.append)):
            threading.Thread(target=_read, args=(stream, put), daemon=True).start()
        self._answer(START_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The next line that is ours: Blender itself may print, too."""
        while True:
            try:
                line = self.lines.get(timeout=seconds)
            except queue.Empty:
                self.close()
                raise RenderFailed(
                    f"Blender gave no answer for {seconds:.0f} seconds and was stopped."
                ) from None
            if line is None:
                raise self._dead()
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                return said

    def _dead(self) -> RenderFailed:
        code = self.process.wait() if self.process else None
        why = next((line.strip() for line in reversed(self.last) if line and line.strip()), "")
        self.close()
        return RenderFailed(f"Blender crashed (code {code}). {why}"[:500].strip())


def _environment(threads: int, scratch: str) -> dict[str, str]:
    """No database, no broker, no key: somebody's model is read there."""
    keep = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
    own = {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": scratch, "FRAMELOOP_THREADS": str(threads)}
    return {name: os.environ[name] for name in keep if name in os.environ} | own


def _read(stream: IO[str] | None, put: Any) -> None:
    assert stream
    try:
        for line in stream:
            put(line)
    except ValueError:  # closed meanwhile
        pass
    put(None)


def read_index(path: Path) -> Index:
    """The numbers that the index pass has written in red and green."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.uint16)
    found: Index = pixels[..., 0] + pixels[..., 1] * 256
    return found


def read_outlines(path: Path) -> list[Outline]:
    with np.load(path) as arrays:
        triangles, owners = arrays["triangles"], arrays["owners"]
    return [Outline(int(number), triangles[owners == number]) for number in np.unique(owners)]
