"""What is wrong with a machine is said in one line with its remedy, before anything is installed."""

import ast
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap
from config.local.supervisor import ROOT

TOOLS = ("sh", "make", "env", "cat")


class Machine:
    """A fresh checkout, and a PATH with nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.programs = folder / "checkout", folder / "bin"
        (self.checkout / "config").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "Makefile", self.checkout)
        shutil.copy(ROOT / "config" / "bootstrap.py", self.checkout / "config")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.programs / tool).symlink_to(found)
        self.script("node", "echo v22.1.0")
        self.script("npm", "exit 0")
        self.script("python3", f'exec {sys.executable} "$@"')

    def script(self, name: str, body: str) -> None:
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def python(self, name: str, version: tuple[int, int]) -> None:
        """A Python that takes itself for another version."""
        pretend = f"import sys, runpy; sys.version_info = {(*version, 0, 'final', 0)}; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        self.script(
            name, f'[ "$1" = -c ] && exec {sys.executable} "$@"\nexec {sys.executable} -c "{pretend}" "$@"'
        )

    def make(self, *words: str) -> tuple[int, list[str]]:
        """The exit code, and what was said without make's own closing line."""
        run = subprocess.run(
            [self.programs / "make", *words], cwd=self.checkout, env={"PATH": str(self.programs)}, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        said = [line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("make:")]
        return run.returncode, said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("version", [(3, 9), (3, 14)])
def test_a_wrong_python(machine: Machine, version):
    machine.python("python3", version)
    code, said = machine.make("run")
    assert code != 0
    assert len(said) == 1
    assert (
        f"Frameloop needs Python 3.11, 3.12 or 3.13, and python3 is {version[0]}.{version[1]}: install one"
        in said[0]
    )


def test_a_right_python_beside_a_wrong_one_is_found(machine: Machine, monkeypatch):
    machine.python("python3.12", (3, 12))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(machine.programs))
    assert bootstrap.find_python() == str(machine.programs / "python3.12")


@pytest.fixture
def three(machine: Machine, monkeypatch) -> Machine:
    """A slow python3, a python3.12 of twice its speed, and a python3.13 that makes no .venv."""
    for name, body in (
        ("python3", 'echo 0.02 "$0"'),
        ("python3.12", 'echo 0.01 "$0"'),
        ("python3.13", "exit 1"),
    ):
        machine.script(name, body)
    monkeypatch.setenv("PATH", str(machine.programs))
    monkeypatch.setenv("PYTHON_FROM", "file")
    return machine


def test_of_several_pythons_a_much_quicker_one_is_taken_and_said(three: Machine, capsys):
    slow, quick = (str(three.programs / name) for name in ("python3", "python3.12"))
    assert bootstrap.quickest_python(slow) == quick
    assert f"{quick} is 2.0 times as fast as {slow}" in capsys.readouterr().out


def test_a_little_quicker_is_not_enough(three: Machine):
    three.script("python3.12", 'echo 0.018 "$0"')
    slow = str(three.programs / "python3")
    assert bootstrap.quickest_python(slow) == slow


def test_another_name_of_the_same_python_is_not_taken_however_quick_it_seemed(three: Machine):
    slow = str(three.programs / "python3")
    three.script("python3.12", f"echo 0.01 {slow}")
    assert bootstrap.quickest_python(slow) == slow


def test_a_python_that_was_named_is_kept(three: Machine, monkeypatch):
    slow = str(three.programs / "python3")
    monkeypatch.setenv("PYTHON_FROM", "command line")
    assert bootstrap.quickest_python(slow) == slow
    (three.checkout / "config" / "bootstrap.py").write_text("import os; print(os.environ['PYTHON_FROM'])")
    three.script("python3", f'exec {sys.executable} "$@"')
    assert "command line" in three.make("install", f"PYTHON={three.programs / 'python3'}")[1]
    assert "file" in three.make("install")[1]


def test_how_quick_this_very_python_is_can_be_said():
    took, path = bootstrap.timed(sys.executable)
    assert 0 < took < 60 and path == os.path.realpath(sys.executable)


def test_no_python(machine: Machine):
    (machine.programs / "python3").unlink()
    code, said = machine.make("run")
    assert code != 0
    assert len(said) == 1
    assert "python3 is not here: install one" in said[0]


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_no_node(machine: Machine, missing):
    (machine.programs / missing).unlink()
    code, said = machine.make("run")
    assert code != 0
    assert len(said) == 1
    assert f"needs Node, and {missing} is not here: install Node 20 or newer" in said[0]


@pytest.mark.parametrize(("answer", "shown"), [("echo v18.19.0", "v18.19.0"), ("exit 1", "broken")])
def test_an_old_or_broken_node(machine: Machine, answer, shown):
    machine.script("node", answer)
    code, said = machine.make("run")
    assert code != 0
    assert len(said) == 1
    assert f"is {shown}: install Node 20 or newer" in said[0]


def test_a_taken_port(machine: Machine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = machine.make("run", f"PORT={port}")
    assert code != 0
    assert said == [f"Port {port} on 127.0.0.1 is taken. Choose another: make run PORT={port + 1}"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["PORT=http"], "PORT=http is no port"),
        (["PORT=70000"], "PORT=70000 is no port"),
        (["HOST=192.0.2.77", "PORT=18123"], "192.0.2.77 is no address of this machine"),
        (["HOST=no.such.host.invalid", "PORT=18123"], "no.such.host.invalid is no address of this machine"),
    ],
)
def test_an_address_that_is_none(machine: Machine, words, said):
    code, lines = machine.make("run", *words)
    assert code != 0
    assert len(lines) == 1
    assert lines[0].startswith(said)


def test_no_venv_module_and_no_right_to_install_it(machine: Machine, monkeypatch, capsys):
    machine.script("python3.12", 'case "$2" in *ensurepip*) exit 1;; *) echo 3.12;; esac')
    monkeypatch.setenv("PATH", str(machine.programs))
    monkeypatch.setattr(bootstrap, "find_python", lambda: str(machine.programs / "python3.12"))
    monkeypatch.setattr(bootstrap, "PYTHON", str(machine.checkout / ".venv" / "bin" / "python"))
    monkeypatch.setattr(bootstrap, "VENV", str(machine.checkout / ".venv"))
    with pytest.raises(SystemExit):
        bootstrap.make_venv()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].endswith("lacks the venv module. Run as root: apt install python3.12-venv")


def test_it_parses_on_old_pythons():
    source = (ROOT / "config" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 5))
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    imported = {
        name.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported <= sys.stdlib_module_names


def test_a_step_is_due_until_it_ended_well_and_when_its_inputs_change(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "VAR", str(tmp_path / "var"))
    (tmp_path / "src").mkdir()
    source, built = tmp_path / "src" / "a.ts", tmp_path / "built"
    source.write_text("1")

    def step() -> bootstrap.Step:
        return bootstrap.Step("frontend", [str(tmp_path / "src")], [str(built)])

    assert step().due()
    built.touch()
    assert step().due()
    step().done()
    assert not step().due()
    source.write_text("2")
    assert step().due()
    step().done()
    source.rename(tmp_path / "src" / "b.ts")
    assert step().due()
    step().done()
    built.unlink()
    assert step().due()


def test_the_opencv_that_is_installed_needs_no_windows():
    """Or `import cv2` fails where libGL is missing, as on a server."""
    import cv2

    assert "GUI:                           NONE" in cv2.getBuildInformation()
