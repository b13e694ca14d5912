"""Several people at once in the studio: how long each waits for the first bar and for the tune.

    python benchmarks/studio_clients.py --clients 8

Every client composes eight bars with a seed of its own at the same moment. The machine's load stands
beside the figures; with other work on it they are an upper bound.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor


def visit(address: str, seed: int) -> tuple[float, float]:
    """Compose a tune as one client; seconds to its first bar and to its end."""
    from gradio_client import Client

    client = Client(address, verbose=False)
    began, first = time.monotonic(), 0.0
    job = client.submit(8, "D", "6/8", "", None, "", "", None, seed, 1, api_name="/melody_compose")
    while not job.done():
        if not first and job.outputs():
            first = time.monotonic() - began
        time.sleep(0.02)
    page, abc, *_ = job.result()
    assert "<audio" in page and "M:6/8" in abc
    end = time.monotonic() - began
    return first or end, end


def measure(clients: int) -> dict[str, object]:
    """Figures in seconds; nobody's work is lost, or this raises."""
    from muse.studio.app import build_studio, started

    began = time.monotonic()
    studio = build_studio()
    address = started(studio, "127.0.0.1", None)
    cold = time.monotonic() - began
    try:
        alone = visit(address, 0)
        alone = visit(address, 1)
        with ThreadPoolExecutor(clients) as pool:
            found = list(pool.map(visit, [address] * clients, range(2, clients + 2)))
    finally:
        studio.close(verbose=False)
    return {
        "cold start": round(cold, 2),
        "alone: first bar, whole": [round(x, 2) for x in alone],
        f"{clients} at once: first bar, median and worst": [
            round(f([x[0] for x in found]), 2) for f in (statistics.median, max)
        ],
        f"{clients} at once: whole, median and worst": [
            round(f([x[1] for x in found]), 2) for f in (statistics.median, max)
        ],
        "load of the machine": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clients", type=int, default=8)
    print(json.dumps(measure(parser.parse_args().clients), indent=1))
