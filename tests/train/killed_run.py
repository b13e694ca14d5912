"""A run that is killed while it puts its n-th checkpoint in place: `killed_run.py RECIPE RUNS N`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import torch

from muse.train.recipe import load_train_recipe
from muse.train.run import train

replace, count = os.replace, 0


def deadly_replace(source: str, target: Path) -> None:
    """`os.replace`, or death at the n-th checkpoint, when its bytes are written but unnamed."""
    global count
    if Path(target).name == "checkpoint.safetensors":
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)


torch.set_num_threads(1)
os.replace = deadly_replace
train(load_train_recipe(sys.argv[1]), Path(sys.argv[2]))
