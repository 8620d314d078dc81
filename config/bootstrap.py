#!/usr/bin/env python3
"""Brings a bare machine to where `python -m config.local` can run. Standard library alone, and old syntax:
it has to say by itself that a Python is too old.

    python3 config/bootstrap.py check      Python, Node and the port are right
    python3 config/bootstrap.py install    .venv, packages, front end, detector weights; what is up to date is left
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
VAR = os.path.join(ROOT, "var")
OLDEST, NODE_OLDEST = (3, 11), 20


def stop(message):
    sys.stderr.write(message + "\n")
    sys.exit(1)


def say(message):
    sys.stdout.write(message + "\n")
    sys.stdout.flush()


def run(command, **kwargs):
    try:
        subprocess.run(command, check=True, **kwargs)
    except (OSError, subprocess.CalledProcessError) as error:
        stop(
            "`%s` failed (%s); what it said stands above. Then run the same make command again."
            % (" ".join(command), error)
        )


def find_python():
    """This Python if it is new enough, else the newest that is on the PATH."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(14, 10, -1):
        found = shutil.which("python3.%d" % minor)
        works = (
            found
            and subprocess.call([found, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
        )
        if works:
            return found
    return stop(
        "Frameloop needs Python 3.11 or newer, and python3 is %d.%d: install one (Debian 12: apt install python3 python3-venv)."
        % sys.version_info[:2]
    )


def check_node():
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        stop(
            "Frameloop needs Node 20 or newer with npm, and found none: install it (https://nodejs.org), or put it on the PATH."
        )
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE).stdout.decode()
    if int(said.strip().lstrip("v").split(".")[0]) < NODE_OLDEST:
        stop(
            "Frameloop needs Node 20 or newer, and node is %s: install a newer one (https://nodejs.org)."
            % said.strip()
        )


def check_port():
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        stop("PORT=%s is no port: choose a number from 1 to 65535." % port)
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((host, int(port)))
    except OSError as error:
        stop(
            "Port %s on %s is not free (%s). Choose another: make run PORT=%d"
            % (port, host, error.strerror, int(port) + 1)
        )
    finally:
        probe.close()


def digest(paths):
    """One hash over files and folders, names included."""
    total = hashlib.sha256()
    for path in paths:
        files = [path]
        if os.path.isdir(path):
            files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        for name in files:
            with open(name, "rb") as file:
                total.update(name.encode() + b"\0" + file.read() + b"\0")
    return total.hexdigest()


class Step:
    """Work that is left out while its inputs are what they were when it last ended well."""

    def __init__(self, name, inputs, outputs):
        self.stamp = os.path.join(VAR, "stamps", name)
        self.outputs = outputs
        self.inputs = digest([os.path.join(ROOT, path) for path in inputs])

    def due(self):
        if not all(os.path.exists(path) for path in self.outputs) or not os.path.exists(self.stamp):
            return True
        with open(self.stamp) as file:
            return file.read() != self.inputs

    def done(self):
        os.makedirs(os.path.dirname(self.stamp), exist_ok=True)
        with open(self.stamp, "w") as file:
            file.write(self.inputs)


def debian_as_root():
    return os.geteuid() == 0 and shutil.which("apt-get")


def make_venv():
    if os.path.exists(PYTHON):
        return
    python = find_python()
    if subprocess.call([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL):
        if not debian_as_root():
            stop(
                "This Python lacks the venv module: apt install python3-venv (as root), then run this again."
            )
        say("Installing python3-venv ...")
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        run(["apt-get", "update", "-qq"], env=quiet)
        run(["apt-get", "install", "-y", "-qq", "python3-venv"], env=quiet)
    say("Making .venv with %s ..." % python)
    run([python, "-m", "venv", VENV])


def install_packages():
    step = Step("packages", ["requirements.lock"], [PYTHON])
    if step.due():
        say(
            "Installing the pinned Python packages (about 7 GB with PyTorch; the first time takes minutes) ..."
        )
        run(
            [
                PYTHON,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--progress-bar",
                "on",
                "-r",
                os.path.join(ROOT, "requirements.lock"),
            ]
        )
        step.done()


def build_frontend():
    folder = os.path.join(ROOT, "frontend")
    packages = Step("node-packages", ["frontend/package-lock.json"], [os.path.join(folder, "node_modules")])
    if packages.due():
        say("Installing the front end's packages ...")
        run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
        packages.done()
    sources = ["frontend/" + name for name in ("package-lock.json", "src", "index.html", "vite.config.ts")]
    build = Step("frontend", sources, [os.path.join(folder, "dist", "index.html")])
    if build.due():
        say("Building the front end ...")
        run(["npm", "run", "build"], cwd=folder)
        build.done()


def fetch_weights():
    """Without the detector everything else works: say how to get it, and go on."""
    weights = os.environ.get("FRAMELOOP_WEIGHTS") or os.path.join(VAR, "weights")
    command = [PYTHON, "-m", "vision.weights", "fetch", "--to", weights]
    step = Step("weights", ["vision/weights.py"], [weights])
    if step.due():
        if subprocess.call(command, cwd=ROOT) == 0:
            step.done()
        else:
            say(
                "The object detector's weights are missing: phones and pets will not be found. Later: %s"
                % " ".join(command)
            )


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return
    if not debian_as_root():
        stop("The browser tests need Chromium: apt install chromium (as root), then run this again.")
    say("Installing Chromium for the browser tests ...")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update", "-qq"], env=quiet)
    run(["apt-get", "install", "-y", "-qq", "chromium"], env=quiet)


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "check":
        find_python()
        check_node()
        check_port()
    elif what == "install":
        find_python()
        check_node()
        make_venv()
        install_packages()
        build_frontend()
        fetch_weights()
    elif what == "chromium":
        find_chromium()
    else:
        stop(__doc__)


if __name__ == "__main__":
    main()
