"""`make run`: everything that serves Frameloop on this machine, started, watched and stopped together."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from config.local.processes import Service
from config.local.stores import StoreError, Stores

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 12


class Supervisor:
    def __init__(self, folder: Path, host: str, port: int, *, demo: bool = True) -> None:
        self.folder, self.host, self.port, self.demo = folder, host, port, demo
        self.services: list[Service] = []
        self.stores: Stores | None = None
        self.stopping = False
        folder.mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Start, watch until a signal, stop. Returns the exit code."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._stop)
        with open(self.folder / "run.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return _say(f"Frameloop runs in this folder already ({self.folder}). Stop it first.")
            if problem := port_problem(self.host, self.port):
                return _say(problem)
            try:
                self._start()
                self._watch()
            except StoreError as error:
                return _say(str(error))
            except subprocess.CalledProcessError as error:
                return _say(f"{' '.join(map(str, error.cmd[-2:]))} failed; what it said stands above.")
            finally:
                self._end()
        return 0

    def _stop(self, sign: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self) -> None:
        env = self.environment()
        prepare = [sys.executable, "manage.py", "prepare", *([] if self.demo else ["--no-demo"])]
        process = subprocess.Popen(prepare, env=env, cwd=ROOT)
        while process.poll() is None and not self.stopping:
            time.sleep(0.05)
        if self.stopping:
            process.terminate()
            process.wait()
            return
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, prepare)
        self.services = app_services(env, self.host, self.port)
        for service in self.services:
            service.start()

    def environment(self) -> dict[str, str]:
        """What the processes see; starts the embedded stores unless the environment names real ones."""
        own = dict(os.environ, FRAMELOOP_FOLDER=str(self.folder), DJANGO_SETTINGS_MODULE="config.settings")
        own.setdefault("BEAT_SCHEDULE", str(self.folder / "beat-schedule"))
        # Celery warns of root at every start; here root runs nothing but its own machine's tasks, as JSON.
        own.setdefault("PYTHONWARNINGS", "ignore:You're running the worker")
        own.setdefault("MEDIA_ROOT", str(self.folder / "media"))
        self.stores = Stores(self.folder)
        own.setdefault("SECRET_KEY", self.stores.secrets["secret_key"])
        if "BROKER_URL" not in own:
            self.stores.start_valkey()
        if "DATABASE_URL" not in own:
            self.stores.start_postgres()
        if self.stores.valkey and self.stores.postgres:
            self.stores.wait_ready()
        own.setdefault("BROKER_URL", self.stores.broker_url)
        own.setdefault("DATABASE_URL", self.stores.database_url)
        return own

    def _watch(self) -> None:
        announced = False
        failures: dict[str, int] = {}
        while not self.stopping:
            if not announced and self._answers():
                announced = True
                shown = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host
                print(
                    f"\n  Frameloop: http://{shown}:{self.port}   (user admin, password in {self.folder}/admin-password)\n",
                    flush=True,
                )
            stores = [s for s in (self.stores.postgres, self.stores.valkey) if s] if self.stores else []
            for service in [*stores, *self.services]:
                self._revive(service, failures)
            time.sleep(0.1 if not announced else 0.5)

    def _revive(self, service: Service, failures: dict[str, int]) -> None:
        """Start a service again that has died, later each time it dies young."""
        if service.running():
            if time.monotonic() - service.started > 60:
                failures.pop(service.name, None)
            return
        count = failures.get(service.name, 0)
        if time.monotonic() - service.started < min(60, 2**count):
            return
        code = service.process.returncode if service.process else None
        print(f"{service.name:9} | ended with code {code}; starting it again", flush=True)
        failures[service.name] = count + 1
        service.start()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health/live", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _end(self) -> None:
        for service in self.services:
            service.ask_to_stop()
        end = time.monotonic() + STOP_SECONDS
        for service in self.services:
            service.wait(end - time.monotonic())
        if self.stores:
            self.stores.stop()
        print("Frameloop has stopped.", flush=True)


def app_services(env: dict[str, str], host: str, port: int) -> list[Service]:
    """The web server, one worker per queue and beat. Workers are niced below the web process."""
    python = [sys.executable, "-m"]
    web = Service(
        "web",
        [*python, "granian", "--interface", "wsgi", "--workers", env.get("WEB_WORKERS", "2"), "--blocking-threads", "4",
         "--backpressure", "64", "--host", host, "--port", str(port), "--no-access-log", "--log-level", "warning", "config.wsgi:application"],
        env=env, cwd=ROOT,
    )  # fmt: skip
    services = [web]
    for queue, processes in (("default", "2"), ("inference", "1"), ("training", "1")):
        command = [
            *python, "celery", "-q", "-A", "config", "worker", "-Q", queue, "-n", f"{queue}@%h", "-P", "prefork", "-c", processes,
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        # SIGQUIT ends a worker without waiting for its task: jobs go on from where they were.
        services.append(
            Service(queue, command, env=env, cwd=ROOT, stop=signal.SIGQUIT, orphaned=signal.SIGQUIT, nice=10)
        )
    beat = [*python, "celery", "-q", "-A", "config", "beat", "--loglevel", "WARNING", "--pidfile="]
    services.append(Service("beat", beat, env=env, cwd=ROOT, nice=10))
    return services


def port_problem(host: str, port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Port {port} on {host} is not free ({error.strerror}). Choose another: make run PORT={port + 1}"
    return None


def _say(message: str) -> int:
    print(message, file=sys.stderr, flush=True)
    return 1
