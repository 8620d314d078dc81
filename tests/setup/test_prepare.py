"""What a start prepares: it may be repeated, and gives back what killed workers held."""

import os
import stat
from pathlib import Path

from celery import current_app
from django.core.management import call_command

from labeling.models import User


def test_the_admin_is_made_once_with_a_password_for_its_owner_alone(db, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FRAMELOOP_FOLDER", str(tmp_path))
    call_command("prepare", "--no-demo")
    path = tmp_path / "admin-password"
    password = path.read_text().strip()
    assert password in capsys.readouterr().out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert User.objects.get(username="admin").check_password(password)
    call_command("prepare", "--no-demo")
    assert path.read_text().strip() == password
    assert capsys.readouterr().out == ""


def take_and_die() -> None:
    """Take a task from the queue as a worker does, in a process that ends as if killed."""
    if (child := os.fork()) == 0:
        with current_app.connection_for_read() as connection:
            taken = connection.default_channel.basic_get("default", no_ack=False)
            os._exit(0 if taken else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_task_that_a_killed_worker_held_is_back_at_once(db, broker, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("FRAMELOOP_FOLDER", str(tmp_path))
    current_app.send_task("nothing", queue="default")
    assert broker.llen("default") == 1
    take_and_die()
    assert broker.llen("default") == 0
    call_command("prepare", "--no-demo")  # on a broker that others use as well it stays theirs
    assert broker.llen("default") == 0
    call_command("prepare", "--no-demo", "--alone")
    assert broker.llen("default") == 1
    assert broker.hlen("unacked") == 0
