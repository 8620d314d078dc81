"""`python -m config.local env`: stores for one command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from config.local.supervisor import ROOT
from tests.conftest import until
from tests.setup.conftest import processes_of

ENV = [sys.executable, "-m", "config.local", "env", "--fast"]
ASK = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).execute('{}').fetchone())"


def run(*words: str, **kwargs):
    return subprocess.run([*ENV, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, **kwargs)  # fmt: skip


def test_the_command_gets_stores_its_own_code_comes_back_and_all_of_it_goes(tmp_path):
    said = run("--", "sh", "-c", "echo $FRAMELOOP_FOLDER; exit 7")
    assert said.returncode == 7
    folder = Path(said.stdout.strip())
    assert not folder.exists()
    assert processes_of(folder) == {}


def test_a_kept_folder_keeps_what_was_stored(tmp_path):
    keep = str(tmp_path / "kept")
    made = "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); c.execute('create table words as select 42 as word')"
    assert run("--keep", keep, "--", sys.executable, "-c", made).returncode == 0
    said = run("--keep", keep, "--", sys.executable, "-c", ASK.format("select word from words"))
    assert said.stdout.strip() == "(42,)"


def test_ending_it_ends_the_command_first(tmp_path):
    keep = tmp_path / "kept"
    marker = tmp_path / "ended"
    script = (
        f"trap 'sleep 0.3; touch {marker}; exit 0' TERM; touch {marker}.ready; while :; do sleep 0.1; done"
    )
    process = subprocess.Popen(
        [*ENV, "--keep", str(keep), "--", "sh", "-c", script], cwd=ROOT, env=os.environ
    )
    until(lambda: Path(f"{marker}.ready").exists(), 30, "the command")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert marker.exists()
    assert processes_of(keep) == {}


def test_killing_it_leaves_no_process(tmp_path):
    keep = tmp_path / "kept"
    marker = tmp_path / "ready"
    process = subprocess.Popen(
        [*ENV, "--keep", str(keep), "--", "sh", "-c", f"touch {marker}; exec sleep 100"], cwd=ROOT
    )
    until(marker.exists, 30, "the command")
    process.kill()
    process.wait()
    until(lambda: not processes_of(keep), 20, "the end of all of it")
