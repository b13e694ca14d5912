"""A toy corpus and toy runs, small enough to learn in seconds."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import msgspec

from muse.data.shards import PieceInfo, write_shard
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.frames import FrameCodec, frame_vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.recipe import TrainRecipe
from muse.works.score import ChordMark, Note, Part, Score

MOTIFS = ((0, 4, 7, 4), (0, 2, 4, 5), (7, 5, 4, 2))


def toy_score(rng: random.Random) -> Score:
    """Four bars of 2/4 made of three motifs, over one chord."""
    key = Key(rng.randrange(12))
    notes = [
        Note(48 * bar + 12 * place, 12, 60 + key.tonic + step)
        for bar in range(4)
        for place, step in enumerate(rng.choice(MOTIFS))
    ]
    marks = (ChordMark(0, Chord(key.tonic)),)
    return Score(
        (Part(tuple(notes)),), 4, ((1, Meter(2, 4)),), ((0, key),), chords=marks, style="polka"
    )  # fmt: skip


def toy_shards(folder: Path, pieces: int = 60) -> Path:
    """Shards of toy scores, with the report that `muse data prepare` would write."""
    rng, splits = random.Random(1), {}
    for split, count in (("train", pieces), ("valid", 8), ("test", 8)):
        found = []
        for number in range(count):
            score = toy_score(rng)
            info = PieceInfo("toy", f"{split} {number}", f"family {number}", 16, "polka")
            found.append((MelodyTokenizer().encode(score), info))
        splits[split] = write_shard(
            folder / f"{split}.bin", found, "melody", len(melody_vocabulary())
        )
    report = {"sources": {"oneill": {"kept": pieces, "read": pieces}}, "splits": splits}
    (folder / "report.json").write_text(json.dumps(report))
    return folder


def toy_frames(folder: Path) -> Path:
    """Shards of frame data: four chords that follow each other."""
    rng, codec = random.Random(2), FrameCodec("sets")
    chords = [[48, 64, 67, 72], [53, 65, 69, 72], [55, 62, 67, 71]]
    for split, count in (("train", 40), ("valid", 6)):
        found = []
        for number in range(count):
            start = rng.randrange(3)
            frames = [chords[(start + place // 2) % 3] for place in range(12)]
            found.append((codec.encode(frames), PieceInfo("toy", str(number), "", 12)))
        write_shard(folder / f"{split}.bin", found, "sets", len(frame_vocabulary()))
    return folder


def toy_recipe(shards: Path, **changes: Any) -> TrainRecipe:
    """A run of a tiny decoder; `changes` replace keys of the recipe."""
    keys: dict[str, Any] = {
        "name": "toy", "kind": "melody", "data": {"shards": str(shards), "sources": ["oneill"]},
        "steps": 30, "rows": 4, "length": 128, "evaluate_every": 10, "checkpoint_every": 8,
        "seed": 3,
        "model": {
            "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
        },
        "optim": {"muon_rate": 0.02, "adam_rate": 0.01, "warmup": 5, "ema": 0.9},
    }  # fmt: skip
    return msgspec.convert(keys | changes, TrainRecipe)


def write_recipe(path: Path, recipe: TrainRecipe) -> Path:
    """A recipe as TOML."""
    keys, lines, sections = msgspec.to_builtins(recipe), [], []
    for name, value in keys.items():
        if isinstance(value, dict):
            rows = [f"{key} = {json.dumps(each)}" for key, each in value.items()]
            sections += [f"[{name}]", *rows]
        else:
            lines.append(f"{name} = {json.dumps(value)}")
    path.write_text("\n".join([*lines, *sections]) + "\n")
    return path


def read_log(run: Path) -> list[dict[str, Any]]:
    """The log without what differs from run to run: the speed."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "tokens/s"} for line in lines]
