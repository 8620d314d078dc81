"""What the prediction API adds to decoding and predicting the same image in process.

python -m config.local env -- python -m benchmarks.predict_api

Calls take turns, image by image: one over HTTP on a kept connection, one in a bare process with the same predictor.
`worker` is what the answer says that decoding and predicting took in the worker.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import time
from pathlib import Path

from benchmarks.inference import Bare, ground, inference_worker
from benchmarks.stack import server
from inference.models import ModelVersion

BOUNDARY = "frameloop-benchmark-8c1f0e2b"


class Caller:
    def __init__(self, port: int, token: str, version: ModelVersion) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path = f"/api/models/{version.pk}/predict/"
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }

    def call(self, file: Path) -> tuple[float, float]:
        """ms until the answer is here, and of those the worker's own."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        begun = time.perf_counter()
        self.connection.request("POST", self.path, body, self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        took = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, data
        return took, json.loads(data)["ms"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=120)
    options = parser.parse_args()
    with server() as port, ground(options.images) as scene, inference_worker():
        print(
            "| model | API, median ms | in process, median ms | added, median of the pairs | worker's own, median ms |"
        )
        print("|---|---|---|---|---|", flush=True)
        for model, params in (("majority", {}), ("two_stage", {"epochs": 1})):
            version = scene.version(model, **params)
            caller, bare = Caller(port, scene.token, version), Bare(version)
            rows = []
            try:
                for number, file in enumerate(scene.files):
                    called, inside = caller.call(file)
                    alone = bare.seconds([[file]]) * 1000
                    if number >= 10:  # warm
                        rows.append((called, alone, called - alone, inside))
            finally:
                bare.close()
            figures = [statistics.median(column) for column in zip(*rows, strict=True)]
            print(f"| {model} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    main()
