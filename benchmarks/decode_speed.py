"""How fast engines write with the same weights: Muse's and its peers, in one interleaved run.

    python benchmarks/decode_speed.py [--sizes S M L] [--rounds 5] [--engines NAME ...]
        [--what batch-1 two-threads batch-8 batch-64 prefill] [--json FILE]

Random Llamas are written as Hugging Face folders, and every engine that is installed reads them. In
each round every engine has its turn, so that a busy moment of the machine meets all of them; what
counts is the ratio to `transformers` within a round, and its median over the rounds. Before that
each engine's logits are compared with torch's, and their divergence stands in the table.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from decode_engines import ENGINES, Engine

SIZES = {
    "S": {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 6, "vocab_size": 512},
    "M": {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 8, "vocab_size": 4096},
    "L": {"hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 12, "vocab_size": 8000},
}  # fmt: skip
"""5, 17 and 46 million parameters, with eight heads each."""

PROMPT = 16

TASKS = {
    "batch-1": (1, 1, 1.0), "two-threads": (2, 1, 1.0), "batch-8": (1, 8, 0.5),
    "batch-64": (1, 64, 0.25), "prefill": (1, 1, 0.0),
}  # fmt: skip
"""Threads, batch, and the share of --tokens that is written; "prefill" reads 512 tokens."""

YARDSTICK = "transformers"


def write_folder(folder: Path, size: str) -> None:
    """A random Llama of a size, as Hugging Face keeps it."""
    from safetensors.numpy import save_file

    from muse.models.decoder_config import DecoderConfig, weight_shapes

    shape: dict[str, Any] = SIZES[size]
    config = DecoderConfig(
        **shape, num_attention_heads=8, num_key_value_heads=8, head_dim=shape["hidden_size"] // 8,
        qk_norm=False, tie_word_embeddings=False,
    )  # fmt: skip
    random = np.random.default_rng(0)
    weights = {
        name: random.normal(0, 0.05, shape).astype(np.float32)
        if len(shape) == 2
        else random.normal(1, 0.1, shape).astype(np.float32)
        for name, shape in weight_shapes(config).items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config.to_huggingface()))


def divergence(wanted: np.ndarray, found: np.ndarray) -> float:
    """Kullback-Leibler divergence of found from wanted logits, in nats."""

    def logarithms(logits: np.ndarray) -> np.ndarray:
        logits = logits.astype(np.float64) - logits.max(-1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(-1, keepdims=True))

    exact, other = logarithms(wanted), logarithms(found)
    return float((np.exp(exact) * (exact - other)).sum(-1).mean())


def tokens_a_second(engine: Engine, task: str, tokens: int) -> float:
    """One turn of an engine: tokens written (or, for a prefill, read) a second of wall time."""
    _, batch, part = TASKS[task]
    random = np.random.default_rng(1)
    if task == "prefill":
        return 512 / engine.write(random.integers(0, 512, (1, 512)), 1)
    written = max(4, int(tokens * part))
    return batch * written / engine.write(random.integers(0, 512, (batch, PROMPT)), written)


def prepare(
    folder: Path, threads: int, names: list[str], absent: dict[str, str]
) -> tuple[dict[str, Engine], dict[str, float]]:
    """Engines by name, and how far each one's logits diverge from the first exact one's."""
    ids = np.random.default_rng(2).integers(0, 512, (1, 24))
    engines: dict[str, Engine] = {}
    logits: dict[str, np.ndarray] = {}
    for name in names:
        try:
            engine = ENGINES[name](folder, threads)
            logits[name] = engine.begin(ids, 8)
            engines[name] = engine
        except ImportError as error:
            absent[name] = str(error).splitlines()[0]
    yardstick = logits.get(YARDSTICK, logits.get("muse torch", next(iter(logits.values()))))
    return engines, {name: divergence(yardstick, found) for name, found in logits.items()}


def measure(
    engines: dict[str, Engine], task: str, tokens: int, rounds: int
) -> dict[str, list[float]]:
    """Tokens a second of each engine in each round; the first turn of each is not counted."""
    found: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(rounds + 1):
        for name in list(found):
            try:
                speed = tokens_a_second(engines[name], task, tokens if turn else 4)
            except NotImplementedError:
                del found[name]
                continue
            if turn:
                found[name].append(speed)
    return found


def rows_of(
    size: str, task: str, found: dict[str, list[float]], apart: dict[str, float]
) -> list[dict[str, Any]]:
    """What the table tells of one size and task."""
    base = found.get(YARDSTICK)
    rows = []
    for name, speeds in found.items():
        ratios = [speed / other for speed, other in zip(speeds, base)] if base else []
        rows.append(
            {
                "size": size, "task": task, "engine": name,
                "tokens_a_second": statistics.median(speeds), "rounds": speeds,
                "ratio": statistics.median(ratios) if ratios else None,
                "ratios": [min(ratios), max(ratios)] if ratios else None,
                "divergence": apart[name],
            }
        )  # fmt: skip
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as Markdown."""
    lines = [
        f"| size | what | engine | tokens/s, median | x {YARDSTICK}, median (least to most) | divergence, nats |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "-"
        if row["ratio"] is not None:
            least, most = row["ratios"]
            ratio = f"{row['ratio']:.2f} ({least:.2f} to {most:.2f})"
        lines.append(
            f"| {row['size']} | {row['task']} | {row['engine']} | {row['tokens_a_second']:,.0f} | "
            f"{ratio} | {row['divergence']:.1e} |"
        )
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Where and when this was measured, and how busy it was there."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    from muse.engine.native_library import available

    return {
        "date": datetime.date.today().isoformat(), "processor": model, "cores": os.cpu_count(),
        "load": [round(load, 1) for load in os.getloadavg()], "libraries": list(available()),
    }  # fmt: skip


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--what", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=192, help="written at batch 1")
    parser.add_argument("--json", type=Path, default=Path("decode_speed.json"))
    parser.add_argument("--folder", type=Path, help="keeps the random networks")
    wish = parser.parse_args()
    begun, rows = machine(), []
    absent: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in wish.sizes:
            folder = (wish.folder or Path(temporary)) / size
            if not (folder / "config.json").exists():
                write_folder(folder, size)
            for threads in sorted({TASKS[task][0] for task in wish.what}):
                engines, apart = prepare(folder, threads, wish.engines, absent)
                for task in (task for task in wish.what if TASKS[task][0] == threads):
                    found = measure(engines, task, wish.tokens, wish.rounds)
                    rows += rows_of(size, task, found, apart)
    print(table(rows))
    for name, why in absent.items():
        print(f"\nabsent: {name} ({why})")
    ended = machine()
    print(
        f"\n{begun['date']}, {begun['processor']}, {begun['cores']} cores, load {begun['load']} to {ended['load']}"
    )
    report = {"begun": begun, "ended": ended, "absent": absent, "rows": rows}
    wish.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
