"""A training that is killed at random moments: does it come out the same, bit for bit?

    python benchmarks/killed_training.py [--kills 100] [--seed 0]

A small decoder learns 40 steps of random tunes once without a break. Then it learns them again in
child processes that are killed (SIGKILL) after a random time, whatever they do just then: step,
evaluation, writing a checkpoint or the log. Each child goes on where the one before was killed; a
run that is through is compared with the unbroken one, tensor by tensor and line of the log by line,
and another begins, until the kills are used up.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from muse.data.shards import PieceInfo, write_shard
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.checkpoint import load_checkpoint
from muse.train.recipe import TrainRecipe
from muse.train.run import train
from muse.works.score import Note, Part, Score

STEPS = 40


def main() -> None:
    """Measure, print JSON; leave with 1 if a run came out differently."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    # Optimisers import this when they are first made; in each child it would take seconds.
    import_module("torch._dynamo")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        recipe = small_recipe(folder / "shards")
        began = time.monotonic()
        learn(recipe, folder / "unbroken", None)
        seconds = time.monotonic() - began
        kills = runs = 0
        found: list[int] = []
        equal = True
        while kills < options.kills:
            place = folder / f"run {runs}"
            while True:
                wait = rng.uniform(0, 0.4 * seconds) if kills < options.kills else None
                if not learn(recipe, place, wait):
                    break
                kills += 1
                found.append(steps_done(place / "small"))
            runs += 1
            equal = equal and same(folder / "unbroken" / "small", place / "small")
    print(json.dumps({
        "kills": kills, "runs": runs, "same as unbroken": equal,
        "steps kept at the kills": [min(found, default=0), max(found, default=0)],
        "seconds of the unbroken run": round(seconds, 2),
    }))  # fmt: skip
    sys.exit(0 if equal else 1)


def learn(recipe: TrainRecipe, runs: Path, seconds: float | None) -> bool:
    """Train in a child process; returns whether it was killed, `seconds` after it began."""
    child = os.fork()
    if not child:
        try:
            train(recipe, runs)
        except BaseException:
            os._exit(1)
        os._exit(0)
    until = time.monotonic() + (seconds if seconds is not None else 1e9)
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if status:
                raise SystemExit("a child failed: a broken run could not go on")
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def small_recipe(shards: Path) -> TrainRecipe:
    """A run of a tiny decoder on random tunes, with dropout and a checkpoint each third step."""
    rng, tokenizer = np.random.default_rng(1), MelodyTokenizer()
    for split, count in (("train", 40), ("valid", 6)):
        pieces = []
        for number in range(count):
            pitches = rng.integers(60, 72, 16).tolist()
            tune = Score((Part(tuple(Note(12 * n, 12, p) for n, p in enumerate(pitches))),), 2)
            pieces.append((tokenizer.encode(tune), PieceInfo("made", f"{number}", "", 16)))
        write_shard(shards / f"{split}.bin", pieces, "melody", len(tokenizer.vocabulary))
    keys: dict[str, Any] = {
        "name": "small", "kind": "melody", "data": {"shards": str(shards), "sources": []},
        "steps": STEPS, "rows": 4, "length": 96, "evaluate_every": 7, "checkpoint_every": 3,
        "seed": 3, "dropout": 0.1,
        "model": {
            "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
        },
        "optim": {"muon_rate": 0.02, "adam_rate": 0.01, "warmup": 5, "ema": 0.9},
    }  # fmt: skip
    return msgspec.convert(keys, TrainRecipe)


def steps_done(run: Path) -> int:
    """At which step the checkpoint stands; 0 if there is none yet."""
    path = run / "checkpoint.safetensors"
    return int(load_checkpoint(path)[1]["step"]) if path.exists() else 0


def same(run: Path, other: Path) -> bool:
    """Whether checkpoint, best weights and log of two runs say the same but for the speed."""
    for name in ("checkpoint.safetensors", "best.safetensors"):
        (tensors, state), (others, other_state) = (load_checkpoint(r / name) for r in (run, other))
        if state != other_state or set(tensors) != set(others):
            return False
        if not all(torch.equal(tensor, others[key]) for key, tensor in tensors.items()):
            return False
    logs = []
    for folder in (run, other):
        lines = (folder / "log.jsonl").read_text().splitlines()
        logs.append([{k: v for k, v in json.loads(x).items() if k != "tokens/s"} for x in lines])
    return logs[0] == logs[1]


if __name__ == "__main__":
    main()
