"""How long a composer waits: start-up, the first bar after a cold start, tokens a second.

python benchmarks/melody_speed.py [--record]
"""

from __future__ import annotations

import argparse
import datetime
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FIRST_BAR = """
import torch; torch.set_num_threads(1)
import muse
next(iter(muse.load("melody").stream(bars=4, key="D", meter="6/8", style="jig", seed=1)))
"""


def seconds(act: Callable[[], object], repeats: int) -> float:
    """Median wall time of `act` in seconds."""
    found = []
    for _ in range(repeats):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def command(*words: str) -> Callable[[], object]:
    """A process of this Python, run to its end."""
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def rows() -> list[tuple[str, str]]:
    """(what, figure) of every measure."""
    found = [
        ("`import muse`", f"{seconds(command('-c', 'import muse'), 5):.2f} s"),
        ("`muse --help`", f"{seconds(command('-m', 'muse', '--help'), 5):.2f} s"),
        ("`import torch` alone", f"{seconds(command('-c', 'import torch'), 3):.2f} s"),
        ("first bar after a cold start", f"{seconds(command('-c', FIRST_BAR), 3):.2f} s"),
    ]
    import torch

    import muse

    torch.set_num_threads(1)
    composer = muse.load("melody")
    wish = {"bars": 16, "key": "D", "meter": "6/8", "style": "jig"}
    for count in (1, 4, 16):
        tokens = 0

        def compose(count: int = count) -> None:
            nonlocal tokens
            pieces = composer.compose(variations=count, seed=1, **wish)
            tokens = sum(len(composer.tokenizer.encode(piece)) for piece in pieces)

        taken = seconds(compose, 3)
        what = f"16 bars, {count} variation{'s' * (count > 1)}, one thread"
        found.append((what, f"{taken:.2f} s, {tokens / taken:,.0f} tokens/s"))
    return found


def main() -> None:
    """Print the table; with --record add it to RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    record = parser.parse_args().record
    table = [
        "| what | median |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in rows()),
    ]
    print("\n".join(table))
    if record:
        path = Path(__file__).with_name("RESULTS.md")
        head = f"\n## melody_speed, {datetime.date.today()}, {platform.machine()}, 2 cores\n\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(head + "\n".join(table) + "\n")


if __name__ == "__main__":
    main()
