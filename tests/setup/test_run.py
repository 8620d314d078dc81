"""One command serves on one machine, survives what machines do to processes, and leaves none behind."""

import json
import os
import signal
import stat

import psycopg
import pytest
import redis
from django.db import connection

from tests.conftest import until
from tests.setup.conftest import Running, Start, processes_of


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_signal_stops_everything_and_what_was_stored_stays(start: Start, capsys):
    first = start()
    password = (first.folder / "admin-password").read_text()
    assert password.strip() in first.output
    first.stop(signal.SIGINT)

    second = start()
    with capsys.disabled():
        print(f" [first start {first.seconds:.1f} s, second {second.seconds:.1f} s]", end="")
    assert "Made the user admin" not in second.output
    assert (second.folder / "admin-password").read_text() == password
    second.stop(signal.SIGHUP)


def test_a_killed_supervisor_leaves_no_process_and_no_lock_that_matters(start: Start):
    running = start()
    assert len(processes_of(running.folder)) > 10
    running.process.kill()
    running.process.wait()
    running.nobody_left()
    # As after a power cut, where the number in the lock has become another process's: this one.
    lock = running.folder / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{running.folder / 'postgres'}\n")
    start().stop(signal.SIGTERM)


def test_a_web_server_that_hangs_does_not_outlive_a_killed_supervisor(start: Start):
    running = start()
    web = running.pid_of("granian")
    assert web
    os.kill(web, signal.SIGSTOP)  # a signal that it has to handle reaches it no more
    running.process.kill()
    running.process.wait()
    running.nobody_left()


def test_stopping_in_the_middle_of_the_start_is_clean(start: Start):
    running = start(wait=False)
    until((running.folder / "local.json").exists, 20, "the beginning")
    running.stop(signal.SIGINT)
    start()


def test_a_private_folder_stays_private(stack: Running):
    var = stack.folder
    assert mode(var.parent) == 0o700
    assert mode(var / "postgres") == mode(var / "valkey") == mode(var / "media") == 0o700
    assert (
        mode(var / "local.json")
        == mode(var / "admin-password")
        == mode(var / "valkey" / "valkey.conf")
        == 0o600
    )
    # Passwords stand in no command line, which everybody on the machine can read.
    secrets = json.loads((var / "local.json").read_text()).values()
    commands = " ".join(processes_of(var).values())
    assert not [secret for secret in secrets if len(secret) > 30 and secret in commands]


def test_the_stores_ask_for_their_passwords(stack: Running):
    ports = json.loads((stack.folder / "local.json").read_text())
    with pytest.raises(redis.AuthenticationError), redis.Redis(port=int(ports["valkey_port"])) as store:
        store.ping()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://frameloop:wrong@127.0.0.1:{ports['postgres_port']}/frameloop")


def test_a_folder_is_served_once_and_two_of_them_side_by_side(stack: Running, start: Start):
    again = start(str(stack.folder), wait=False)
    assert again.process.wait(20) == 1
    assert again.output.strip() == f"Frameloop runs in this folder already ({stack.folder}). Stop it first."
    assert start("other").health() == stack.health()


@pytest.mark.parametrize("words", ["granian", "-Q inference", "beat", "postgres", "valkey-server"])
def test_what_dies_is_started_again_and_said(stack: Running, words):
    victim = stack.pid_of(words)
    said = stack.output.count("ended with code -9; starting it again")
    os.kill(victim, signal.SIGKILL)
    until(lambda: stack.pid_of(words) not in (0, victim), 20, f"{words} again")
    until(stack.ready, 30, "health")
    assert stack.output.count("ended with code -9; starting it again") == said + 1


def test_real_servers_that_are_named_are_used_and_none_started(start: Start, transactional_db):
    database, broker = connection.settings_dict, os.environ["BROKER_URL"]
    named = f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    running = start(DATABASE_URL=named, BROKER_URL=broker.removesuffix("/0") + "/7")
    assert running.health() == {"status": "ok", "database": "ok", "broker": "ok"}
    assert not (running.folder / "postgres").exists()
    assert not (running.folder / "valkey").exists()
    running.stop(signal.SIGTERM)
    with redis.Redis.from_url(broker) as store:
        store.ping()


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"DATABASE_URL": "postgresql://u:secret-word@127.0.0.1:9/none"}, "Nothing answers as it should at 127.0.0.1:9"),
        ({"BROKER_URL": "redis://:secret-word@127.0.0.1:9/0"}, "Nothing answers as it should at 127.0.0.1:9"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_answer_is_said_in_one_line(start: Start, named, said):
    running = start(wait=False, **named)
    assert running.process.wait(40) == 1
    lines = [line for line in running.output.splitlines() if line and line != "Frameloop has stopped."]
    assert len(lines) == 1
    assert lines[0].startswith(said)
    assert "secret-word" not in running.output
