"""python -m config.local run | env -- COMMAND"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.local.processes import die_with_parent
from config.local.stores import StoreError, Stores
from config.local.supervisor import ROOT, Supervisor


def env(command: list[str], keep: Path | None, fast: bool) -> int:
    """Run a command with a PostgreSQL and a Valkey of its own, empty, or kept in a folder."""
    folder = keep or Path(tempfile.mkdtemp(prefix="frameloop-"))
    stores = Stores(folder, safe=not fast)
    process: subprocess.Popen[bytes] | None = None

    def pass_on(sign: int, frame: object) -> None:
        if process:
            process.send_signal(sign)

    try:
        stores.start()
        own = dict(
            os.environ, DATABASE_URL=stores.database_url, BROKER_URL=stores.broker_url, MEDIA_ROOT=str(folder / "media"),
            FRAMELOOP_FOLDER=str(folder), SECRET_KEY=stores.secrets["secret_key"], DJANGO_SETTINGS_MODULE="config.settings",
        )  # fmt: skip
        own.setdefault("FRAMELOOP_WEIGHTS", str(ROOT / "var" / "weights"))
        process = subprocess.Popen(command, env=own, preexec_fn=die_with_parent(os.getpid(), signal.SIGTERM))
        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGINT, pass_on)
        return process.wait()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stores.stop()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.local")
    commands = parser.add_subparsers(dest="what", required=True)
    run = commands.add_parser("run", help="serve Frameloop on this machine")
    run.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    run.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    run.add_argument("--folder", type=Path, default=ROOT / "var", help="where all data goes")
    run.add_argument("--no-demo", action="store_true")
    temporary = commands.add_parser("env", help="run a command with stores of its own")
    temporary.add_argument("--keep", type=Path, help="a folder to keep the stores in")
    temporary.add_argument("--fast", action="store_true", help="not safe against a crash: for tests")
    temporary.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.what == "env":
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        return env(command, options.keep, options.fast)
    return Supervisor(options.folder.resolve(), options.host, options.port, demo=not options.no_demo).run()


if __name__ == "__main__":
    sys.exit(main())
