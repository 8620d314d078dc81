#!/usr/bin/env python3
"""Brings a bare machine to where `python -m config.local` can run. Standard library alone, and old syntax:
it has to say by itself that a Python is too old.

    python3 config/bootstrap.py check      Python, Node and the port are right
    python3 config/bootstrap.py install    .venv, packages, front end, detector weights; what is up to date is left
    python3 config/bootstrap.py blender    Blender in a .venv of its own, where a Python 3.11 is here; BLENDER=0 leaves it out
    python3 config/bootstrap.py chromium   a Chromium for the browser tests
"""

import errno
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
LOCK = os.path.join(ROOT, "requirements.lock")
OLDEST, NEWEST = (3, 11), (3, 13)  # of 3.14 the pinned OpenCV knows nothing yet
NODE_OLDEST = 20
BLENDER_VENV = os.path.join(ROOT, ".venv-blender")
BLENDER_PYTHON = os.path.join(BLENDER_VENV, "bin", "python")
BLENDER_LOCK = os.path.join(ROOT, "requirements-blender.lock")
BLENDER_KNOWS = (3, 11)  # the one Python that the pinned Blender is built for
# What the wheel expects of a system with a desktop, by Debian's names.
BLENDER_LIBRARIES = [
    "libegl1",
    "libgl1",
    "libsm6",
    "libxfixes3",
    "libxi6",
    "libxkbcommon0",
    "libxrender1",
    "libxxf86vm1",
]


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


def runs(command):
    """Whether the command ends well, whatever it says."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def find_python():
    """This Python if the pinned packages know it, else the newest on the PATH that they know."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found and runs([found, "-c", ""]):
            return found
    return stop(
        "Frameloop needs Python 3.11, 3.12 or 3.13, and python3 is %d.%d: install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12"
        % sys.version_info[:2]
    )


SPEED = """
import ensurepip, os, sys, time, venv
assert %r <= sys.version_info[:2] <= %r
class Row:
    def get(self, key):
        return {"key": getattr(self, "text", key)}
best = 9e9
for _ in range(5):
    start = time.process_time()
    for number in range(100000):
        Row().get(number)
    best = min(best, time.process_time() - start)
print(best, os.path.realpath(sys.executable))
"""


def timed(python):
    """What a small piece of work takes a Python, in seconds, and where that Python really is (a version manager's may be
    a script that starts another). None where .venv cannot be made of it."""
    try:
        with open(os.devnull, "w") as nowhere:
            code = SPEED % (OLDEST, NEWEST)
            said = subprocess.check_output([python, "-c", code], stderr=nowhere).decode()
        took, _, path = said.strip().partition(" ")
        return float(took), path
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def quickest_python(asked):
    """`asked`, unless its name was left to us and another on the PATH is much quicker: one that was built without its
    compiler's optimizations, as version managers do, takes half as long again for every request."""
    if os.environ.get("PYTHON_FROM", "file") != "file":
        return asked
    names = ["python3"] + ["python3.%d" % minor for minor in range(OLDEST[1], NEWEST[1] + 1)]
    found = {os.path.realpath(os.path.join(folder, name)) for folder in os.get_exec_path() for name in names}
    found = {python for python in found if os.access(python, os.X_OK)} | {os.path.realpath(asked)}
    times = {}
    for _ in range(3):  # in turns, so that a busy moment is no single one's misfortune
        for took, path in filter(None, map(timed, sorted(found))):
            times[path] = min(took, times.get(path, took))
    own = timed(asked)
    if not own or own[1] not in times:
        return asked
    quickest = min(times, key=times.get)
    if times[own[1]] < 1.2 * times[quickest]:
        return asked
    say(
        "%s is %.1f times as fast as %s: .venv is made with it. To choose yourself: make PYTHON=/path/to/python3"
        % (quickest, times[own[1]] / times[quickest], asked)
    )
    return quickest


def venv_works():
    return runs([PYTHON, "-c", "import pip"])


def check_node():
    remedy = "install Node 20 or newer with npm (https://nodejs.org), or put it first on the PATH."
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        stop("Frameloop's front end needs Node, and %s is not here: %s" % ("npm" if node else "node", remedy))
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE).stdout.decode().strip()
    major = said.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < NODE_OLDEST:
        stop(
            "Frameloop's front end needs Node 20 or newer, and %s is %s: %s"
            % (node, said or "broken", remedy)
        )


def resolve(host, port):
    """The family and address that a name stands for, IPv4 before IPv6."""
    found = sorted((row[0], row[4]) for row in socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM))
    return found[0]


def port_problem(host, port):
    """Why a server cannot listen there, in one line with the remedy; None where it can."""
    if not str(port).isdigit() or not 0 < int(port) < 65536:
        return "PORT=%s is no port: choose a number from 1 to 65535, such as make run PORT=8000" % port
    other = int(port) + 1 if int(port) < 65535 else 8000
    probe = None
    try:
        family, address = resolve(host, port)
        probe = socket.socket(family, socket.SOCK_STREAM)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "Port %s on %s is taken. Choose another: make run PORT=%d" % (port, host, other)
        if error.errno == errno.EACCES:
            return "Port %s is for root alone. Choose one above 1023: make run PORT=8000" % port
        return "%s is no address of this machine (%s). Leave HOST out, or: make run HOST=0.0.0.0" % (
            host,
            error.strerror,
        )
    finally:
        if probe:
            probe.close()
    return None


def check_port():
    problem = port_problem(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
    if problem:
        stop(problem)


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

    def forget(self):
        if os.path.exists(self.stamp):
            os.remove(self.stamp)

    def done(self):
        os.makedirs(os.path.dirname(self.stamp), exist_ok=True)
        with open(self.stamp, "w") as file:
            file.write(self.inputs)


def apt_install(*packages):
    """As root on Debian or Ubuntu. False where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing from the system's packages: %s ..." % " ".join(packages))
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update", "-qq"], env=quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet)
    return True


def make_venv():
    if venv_works():
        return
    python = quickest_python(find_python())
    if not runs([python, "-c", "import ensurepip, venv"]):
        version = subprocess.check_output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        package = "python%s-venv" % version.decode().strip()
        if not apt_install(package):
            stop("%s lacks the venv module. Run as root: apt install %s" % (python, package))
    say("Making .venv with %s ..." % python)
    run([python, "-m", "venv", "--clear", VENV])
    for name in ("packages", "opencv"):
        Step(name, [], []).forget()


def pip_install(*arguments):
    run([PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *arguments])


def install_packages():
    step = Step("packages", ["requirements.lock"], [PYTHON])
    if step.due():
        say("Installing the pinned Python packages (7 GB with PyTorch; the first time takes minutes) ...")
        pip_install("--progress-bar", "on", "-r", LOCK)
        step.done()


def settle_opencv():
    """Two packages bring the module cv2, and the last one keeps it. It has to be the one without windows: the
    other needs libGL and X11, which a server lacks."""
    step = Step("opencv", ["requirements.lock"], [PYTHON])
    if step.due():
        with open(LOCK) as file:
            pinned = [
                line.split(";")[0].strip() for line in file if line.startswith("opencv-python-headless==")
            ]
        pip_install("-q", "--no-deps", "--force-reinstall", *pinned)
        step.done()


def build_frontend():
    folder = os.path.join(ROOT, "frontend")
    packages = Step("node-packages", ["frontend/package-lock.json"], [os.path.join(folder, "node_modules")])
    if packages.due():
        say("Installing the front end's packages ...")
        run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
        packages.done()
    names = (
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
        "index.html",
        "public",
        "src",
    )
    sources = ["frontend/" + name for name in names]
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
        say("Fetching the object detector's weights (150 MB) ...")
        # The exporter's warnings are for its authors; errors are shown.
        if subprocess.call(command, cwd=ROOT, env=dict(os.environ, PYTHONWARNINGS="ignore")) == 0:
            step.done()
        else:
            say(
                "The object detector's weights are missing: phones and pets will not be found. Later: %s"
                % " ".join(command)
            )


def blender_python():
    """A Python that the pinned Blender is built for, or None."""
    check = [
        "-c",
        "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != %r)" % (BLENDER_KNOWS,),
    ]
    for python in (PYTHON, sys.executable, shutil.which("python%d.%d" % BLENDER_KNOWS)):
        if python and runs([python, *check]):
            return python
    return None


def install_blender():
    """Without it scenes are not rendered, and everything else works: say how to get it, and go on."""
    if os.environ.get("BLENDER") == "0":
        return
    step = Step("blender", ["requirements-blender.lock"], [BLENDER_PYTHON])
    if not step.due():
        return
    if os.environ.get("FRAMELOOP_BLENDER") or (not blender_python() and shutil.which("blender")):
        return  # one that is installed serves
    python = blender_python()
    if not python:
        say(
            "Blender is not installed, so no scenes can be rendered; everything else works. It needs a Python %d.%d beside"
            " yours, or an installed blender on the PATH. Then: make blender" % BLENDER_KNOWS
        )
        return
    say("Installing Blender for rendered scenes (1 GB; BLENDER=0 leaves it out) ...")
    made = [
        [python, "-m", "venv", "--clear", BLENDER_VENV],
        [BLENDER_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", BLENDER_LOCK],
    ]
    for command in made:
        if subprocess.call(command) != 0:
            shutil.rmtree(BLENDER_VENV, ignore_errors=True)
            say("Blender could not be installed; everything else works. Later: make blender")
            return
    if not runs([BLENDER_PYTHON, "-c", "import bpy"]):
        apt_install(*BLENDER_LIBRARIES)
    if runs([BLENDER_PYTHON, "-c", "import bpy"]):
        step.done()
    else:
        say(
            "Blender is installed and does not start; everything else works. It may lack libraries (Debian, Ubuntu: apt install %s)."
            " Then: make blender" % " ".join(BLENDER_LIBRARIES)
        )


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        # Ubuntu's chromium-browser may be a mere hint at a snap: ask it.
        if shutil.which(name) and runs([name, "--version"]):
            return
    if not apt_install("chromium"):
        stop("The browser tests need Chromium. Run as root: apt install chromium")


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "check":
        if not venv_works():
            find_python()
        check_node()
        check_port()
    elif what == "install":
        check_node()
        make_venv()
        install_packages()
        settle_opencv()
        build_frontend()
        fetch_weights()
    elif what == "blender":
        install_blender()
    elif what == "chromium":
        find_chromium()
    else:
        stop(__doc__)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
