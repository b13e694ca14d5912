"""Kills at random moments cost nothing but time: the run comes out the same, bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "killed_training.py"


def test_five_kills_at_random_moments_leave_the_same_curve() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--kills", "5", "--seed", "1"],
        capture_output=True, text=True, timeout=300, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    told = json.loads(done.stdout)
    assert told["kills"] == 5
    assert told["steps kept at the kills"][1] > 0, "the kills came before anything was learned"
    assert told["same as unbroken"] is True
