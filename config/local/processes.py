"""Child processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
CAP_DAC_READ_SEARCH, CAP_SETPCAP = 2, 8
NOBODY = 65534  # an account that every Debian and Ubuntu has


def die_with_parent(parent: int, sign: int, nice: int = 0) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `sign` when its parent dies, however that happens (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, sign)
            if os.getppid() != parent:  # it died in between
                os._exit(1)
        if nice:
            os.nice(nice)

    return prepare


def as_plain_user(program: Path, death_signal: str) -> list[str | Path]:
    """`program` with what has to stand before it, so that root's child runs as `nobody`; alone for an ordinary user.

    PostgreSQL refuses to run as root. The child keeps the right to look through private folders, so a checkout
    below /root works without opening /root to others. Of its own accord access(2) forgets that right of a plain
    user, and PostgreSQL asks it for its own binaries: the securebit makes it remember.
    """
    if os.geteuid() != 0:
        return [program]
    bounding = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapBnd")
    )
    held = int(bounding.split()[1], 16)
    # Looking does not include running what root keeps to itself, as under the umask 077; overriding does.
    looking = held >> CAP_DAC_READ_SEARCH & 1 and program.stat().st_mode & 0o001
    capability = "dac_read_search" if looking else "dac_override"
    return [
        shutil.which("setpriv") or "/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", f"--pdeathsig={death_signal}",
        *(["--securebits=+no_setuid_fixup"] if held >> CAP_SETPCAP & 1 else []), "--", program,
    ]  # fmt: skip


def say(line: str) -> None:
    """Print at once; a terminal that has gone is no reason to fail."""
    try:
        print(line, flush=True)
    except OSError:
        pass


class Service:
    """One long-running process in a process group of its own, its output streamed with its name before each line."""

    def __init__(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, stop: int = signal.SIGTERM,
        orphaned: int = signal.SIGTERM, nice: int = 0, log: Path | None = None,
    ) -> None:  # fmt: skip
        self.name, self.command, self.env, self.cwd = name, [str(part) for part in command], dict(env), cwd
        self.stop_signal, self.orphan_signal, self.nice, self.log = stop, orphaned, nice, log
        self.process: subprocess.Popen[str] | None = None
        self.started, self.asked = 0.0, False

    def start(self) -> None:
        self._kill_group()  # what a predecessor that was killed has left behind
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command, env=self.env, cwd=self.cwd, text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(os.getpid(), self.orphan_signal, self.nice),
        )  # fmt: skip
        threading.Thread(target=self._stream, args=(self.process,), daemon=True).start()

    def _stream(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        sink = open(self.log, "a") if self.log else None
        for line in process.stdout:
            if sink:
                sink.write(line)
                sink.flush()
            else:
                self._show(line.rstrip())
        if sink:
            sink.close()

    def _show(self, line: str) -> None:
        # Celery's advice to press Ctrl+C again is for one worker alone at a terminal.
        if line and not (self.asked and line.startswith("worker: ")):
            say(f"{self.name:9} | {line}")

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        self.asked = True
        if self.running():
            assert self.process
            self.process.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> None:
        """Wait for the end; past `seconds`, kill the whole group. What is left of the group goes in any case."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            pass
        self._kill_group()
        self.process.wait()

    def _kill_group(self) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # nobody is left of it
