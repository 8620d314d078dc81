"""`make run`: everything that serves Frameloop on this machine, started, watched and stopped together."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from config.bootstrap import port_problem, resolve
from config.local.processes import Service, die_with_parent, say
from config.local.stores import Interrupted, StoreError, Stores, claimed

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 12
# Left empty, as in a copied .env, these are as good as not set.
OURS = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "MEDIA_ROOT", "ALLOWED_HOSTS", "BEAT_SCHEDULE")


class Supervisor:
    def __init__(self, folder: Path, host: str, port: int, *, demo: bool = True) -> None:
        self.folder, self.host, self.port, self.demo = folder, host, port, demo
        self.services: list[Service] = []
        self.stores: Stores | None = None
        self.preparing: subprocess.Popen[bytes] | None = None
        self.stopping = False
        folder.mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Start, watch until a signal, stop. Returns the exit code."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._stop)
        try:
            with claimed(self.folder):
                if problem := port_problem(self.host, self.port):
                    return _fail(problem)
                try:
                    self._start()
                    self._watch()
                finally:
                    self._end()
        except Interrupted:
            pass
        except StoreError as error:
            return _fail(str(error))
        except subprocess.CalledProcessError as error:
            return _fail(f"`{' '.join(map(str, error.cmd[-2:]))}` failed; what it said stands above.")
        return 0

    def _stop(self, sign: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self) -> None:
        self.stores = Stores(self.folder, stopping=lambda: self.stopping)
        env = self.environment(self.stores)
        prepare = [sys.executable, "manage.py", "prepare", *([] if self.demo else ["--no-demo"])]
        if self.stores.valkey:
            prepare.append("--alone")
        # A session of its own: Ctrl+C at the terminal is for the supervisor, which ends the others in order.
        self.preparing = subprocess.Popen(
            prepare, env=env, cwd=ROOT, start_new_session=True, preexec_fn=die_with_parent(os.getpid(), signal.SIGTERM)
        )  # fmt: skip
        while self.preparing.poll() is None:
            self.stores.go_on()
            time.sleep(0.05)
        if self.preparing.returncode:
            raise subprocess.CalledProcessError(self.preparing.returncode, prepare)
        web, *others = app_services(env, self.host, self.port)
        self._run(web)
        # The workers load for seconds, on the processors that the web server starts on: people come first.
        while web.running() and not self._answers():
            self.stores.go_on()
            time.sleep(0.1)
        for service in others:
            self.stores.go_on()
            self._run(service)

    def _run(self, service: Service) -> None:
        self.services.append(service)
        service.start()

    def environment(self, stores: Stores) -> dict[str, str]:
        """What the processes see; starts the embedded stores unless the environment names real ones."""
        given = {name: value for name, value in os.environ.items() if value or name not in OURS}
        # People's faces: for nobody else on this machine.
        (self.folder / "media").mkdir(mode=0o700, exist_ok=True)
        own = {
            "BEAT_SCHEDULE": str(self.folder / "beat-schedule"),
            "MEDIA_ROOT": str(self.folder / "media"),
            "SECRET_KEY": stores.secrets["secret_key"],
            "DATABASE_URL": stores.database_url,
            "BROKER_URL": stores.broker_url,
            "ALLOWED_HOSTS": ",".join(names_of(self.host)),
            # Celery warns of root at every start; here root runs nothing but its own machine's tasks, as JSON.
            "PYTHONWARNINGS": "ignore:You're running the worker",
            **given,
            "FRAMELOOP_FOLDER": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        if "BROKER_URL" not in given:
            stores.start_valkey()
        if "DATABASE_URL" not in given:
            stores.start_postgres()
        stores.wait_ready(own["DATABASE_URL"], own["BROKER_URL"])
        return own

    def _watch(self) -> None:
        announced = False
        failures: dict[str, int] = {}
        while not self.stopping:
            if not announced and self._answers():
                announced = True
                say(
                    f"\n  Frameloop: {self.address}   (user admin, password in {self.folder}/admin-password)\n"
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
        say(f"{service.name:9} | ended with code {code}; starting it again")
        failures[service.name] = count + 1
        service.start()

    @property
    def address(self) -> str:
        shown = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else self.host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    def _answers(self) -> bool:
        """Asked by number and past any proxy: a bare machine may not even know the name localhost."""
        number = str(resolve(self.host, self.port)[1][0])
        asked = http.client.HTTPConnection(
            {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(number, number), self.port, timeout=1
        )
        try:
            asked.request("GET", "/api/health/live")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def _end(self) -> None:
        if self.preparing and self.preparing.poll() is None:
            self.preparing.terminate()
            self.preparing.wait()
        for service in self.services:
            service.ask_to_stop()
        end = time.monotonic() + STOP_SECONDS
        for service in self.services:
            service.wait(end - time.monotonic())
        if self.stores:
            self.stores.stop()
        say("Frameloop has stopped.")


def names_of(host: str) -> list[str]:
    """The names and addresses under which people reach what is bound to `host`."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in ("0.0.0.0", "::"):
        names += [socket.gethostname(), socket.getfqdn()]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(
                    ("192.0.2.1", 9)
                )  # sends nothing: asks which of our addresses faces the network
                names.append(probe.getsockname()[0])
            except OSError:
                pass
    else:
        names.append(f"[{host}]" if ":" in host else host)
    return list(dict.fromkeys(names))


def app_services(env: dict[str, str], host: str, port: int) -> list[Service]:
    """The web server, one worker per queue and beat. Workers are niced below the web process."""
    python = [sys.executable, "-m"]
    web = Service(
        "web",
        [*python, "granian", "--interface", "wsgi", "--workers", env.get("WEB_WORKERS", "2"), "--blocking-threads", "4",
         "--backpressure", "64", "--host", resolve(host, port)[1][0], "--port", str(port), "--workers-kill-timeout", "8",
         "--respawn-failed-workers", "--respawn-interval", "0.5", "--no-access-log", "--log-level", "warning", "config.wsgi:application"],
        env=env, cwd=ROOT, orphaned=signal.SIGKILL,  # its own way to stop can wait for itself, with nobody to end that
    )  # fmt: skip
    services = [web]
    for queue, processes in (("default", "3"), ("inference", "1"), ("training", "1")):
        command = [
            *python, "celery", "-q", "-A", "config", "worker", "-Q", queue, "-n", f"{queue}@%h", "-P", "prefork", "-c", processes,
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        # SIGQUIT ends a worker without waiting for its task: jobs go on from where they were. Orphaned, it would wait
        # for a broker that has gone as well: then it is killed, and its pool with it.
        services.append(
            Service(queue, command, env=env, cwd=ROOT, stop=signal.SIGQUIT, orphaned=signal.SIGKILL, nice=10)
        )
    beat = [*python, "celery", "-q", "-A", "config", "beat", "--loglevel", "WARNING", "--pidfile="]
    services.append(Service("beat", beat, env=env, cwd=ROOT, orphaned=signal.SIGKILL, nice=10))
    return services


def _fail(message: str) -> int:
    print(message, file=sys.stderr, flush=True)
    return 1
