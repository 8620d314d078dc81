"""The web server at rest: how soon it answers, what its processes hold, and that none of them has loaded torch.

python -m config.local env -- python -m benchmarks.web
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.stack import Api, person, server
from labeling.services.projects import project_create


def processes(parent: int) -> list[int]:
    """The process and its descendants."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(found for child in children for found in processes(int(child)))]


def megabytes(process: int, kind: str) -> float:
    """`Rss`: all that it holds; `Pss`: pages that several share counted by their shares."""
    rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(f"{kind}:")) / 1000


def main() -> None:
    begun = time.perf_counter()
    with server() as port:
        answered = time.perf_counter() - begun
        user, token = person("manager")
        project = project_create(by=user, name="Frames", kind="classification", categories=[{"name": "a"}])
        for _ in range(50):  # until every worker has met the database
            Api(port, token).call("GET", f"/api/projects/{project.pk}/")
        found = processes(os.getpid())[1:]
        loaded = [pid for pid in found if "libtorch" in Path(f"/proc/{pid}/maps").read_text()]
        print("| what | figure |\n|---|---|")
        print(f"| from the command to the first answer, tables made | {answered:.1f} s |")
        print(f"| processes of the web server | {len(found)} |")
        print(f"| the largest of them, resident | {max(megabytes(pid, 'Rss') for pid in found):.0f} MB |")
        print(
            f"| all of them, shared pages counted once | {sum(megabytes(pid, 'Pss') for pid in found):.0f} MB |"
        )
        print(f"| of them with torch loaded | {len(loaded)} |")


if __name__ == "__main__":
    main()
