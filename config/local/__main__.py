"""python -m config.local run | env -- COMMAND"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from config.local.processes import PR_SET_PDEATHSIG, die_with_parent
from config.local.stores import Interrupted, StoreError, Stores, claimed
from config.local.supervisor import ROOT, Supervisor


class Passage:
    """Hands SIGTERM and SIGINT on to the command; before it runs, they end the start."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.stopping = False
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self)

    def __call__(self, sign: int, frame: FrameType | None) -> None:
        self.stopping = True
        if self.process is None:
            return
        # A terminal sends Ctrl+C to the command itself as well, and a second one would cut its ending short.
        if sign == signal.SIGTERM or not (sys.stdin and sys.stdin.isatty()):
            self.process.send_signal(sign)


def env(command: list[str], keep: Path | None, fast: bool) -> int:
    """Run a command with a PostgreSQL and a Valkey of its own, empty, or kept in a folder."""
    if not command:
        print("Name a command: python -m config.local env -- COMMAND", file=sys.stderr)
        return 2
    passage = Passage()
    folder = keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="frameloop-"))
    stores: Stores | None = None
    try:
        with claimed(folder) if keep else nullcontext():
            stores = Stores(folder, safe=not fast, stopping=lambda: passage.stopping)
            try:
                stores.start()
                own = environment(stores, folder)
                death = die_with_parent(os.getpid(), signal.SIGTERM)
                passage.process = subprocess.Popen(command, env=own, preexec_fn=death)
                if passage.stopping:  # asked for while the command began
                    passage.process.terminate()
                return passage.process.wait()
            finally:
                stores.stop()
    except Interrupted:
        return 130
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def environment(stores: Stores, folder: Path) -> dict[str, str]:
    return {
        "FRAMELOOP_WEIGHTS": str(ROOT / "var" / "weights"),
        **os.environ,
        "DATABASE_URL": stores.database_url,
        "BROKER_URL": stores.broker_url,
        "MEDIA_ROOT": str(folder / "media"),
        "FRAMELOOP_FOLDER": str(folder),
        # What is compiled once for this machine is not compiled for each run of the tests.
        "NUMBA_CACHE_DIR": str(ROOT / "var" / "numba"),
        "SECRET_KEY": stores.secrets["secret_key"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.local")
    commands = parser.add_subparsers(dest="what", required=True)
    run = commands.add_parser("run", help="serve Frameloop on this machine")
    run.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    run.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    run.add_argument("--folder", type=Path, default=ROOT / "var", help="where all data goes")
    run.add_argument("--no-demo", action="store_true")
    run.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started this dies"
    )
    temporary = commands.add_parser("env", help="run a command with stores of its own")
    temporary.add_argument("--keep", type=Path, help="a folder to keep the stores in")
    temporary.add_argument("--fast", action="store_true", help="not safe against a crash: for tests")
    temporary.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.what == "env":
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        return env(command, options.keep, options.fast)
    if options.with_parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    return Supervisor(options.folder.resolve(), options.host, options.port, demo=not options.no_demo).run()


if __name__ == "__main__":
    sys.exit(main())
