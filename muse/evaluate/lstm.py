"""An LSTM of folk-rnn's shape on the same tokens: the other baseline of a trained decoder.

The network is that of Sturm et al. 2016 (folk-rnn's `config5`): one-hot input, three layers of
512, dropout 0.5 after each, no state carried between pieces, gradients clipped. Training departs
from theirs where two cores need it: Adam with a rate that falls to zero over few epochs instead
of RMSProp over a hundred. It sees the pieces plain, in the windows of `likelihood.py` by which it is
scored, so it is trained on exactly what it is asked.

    python -m muse.evaluate.lstm --shards shards/melody --run runs/lstm

trains, or goes on training; `runs/lstm` gets `checkpoint.safetensors`, `best.safetensors` (fewest
bits per note on the validation split) and `log.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from muse.data.shards import Shard
from muse.evaluate.likelihood import CONTEXT, likelihood, network_nats, padded, windows
from muse.works.base import WishError, write_atomically


@dataclass(frozen=True, kw_only=True)
class LstmRecipe:
    """How the baseline is built and trained.

    Attributes:
        width, layers, dropout: of the network.
        embedding: width of an input embedding; 0 feeds one-hot vectors, as folk-rnn does.
        epochs: over the training windows.
        batch: windows a step.
        rate: Adam's learning rate at first; it falls in a line to zero.
        clip: largest gradient norm.
        seed: of weights, order and dropout.
        context: most tokens of a window.
    """

    width: int = 512
    layers: int = 3
    dropout: float = 0.5
    embedding: int = 0
    epochs: int = 10
    batch: int = 32
    rate: float = 2e-3
    clip: float = 5.0
    seed: int = 0
    context: int = CONTEXT


class TuneLstm(nn.Module):
    """Next-token logits: ids (B, T) -> (B, T, V)."""

    def __init__(self, vocabulary: int, recipe: LstmRecipe) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.embedding = nn.Embedding(vocabulary, recipe.embedding) if recipe.embedding else None
        self.lstm = nn.LSTM(
            recipe.embedding or vocabulary, recipe.width, recipe.layers,
            batch_first=True, dropout=recipe.dropout if recipe.layers > 1 else 0.0,
        )  # fmt: skip
        self.dropout = nn.Dropout(recipe.dropout)
        self.head = nn.Linear(recipe.width, vocabulary)

    def forward(self, ids: Tensor) -> Tensor:
        """Each piece begins with an empty state."""
        x = self.embedding(ids) if self.embedding else F.one_hot(ids, self.vocabulary).float()
        return self.head(self.dropout(self.lstm(x)[0]))


def epoch_batches(pieces: list[np.ndarray], recipe: LstmRecipe, epoch: int) -> list[list[int]]:
    """Places of the windows of each step of an epoch: like lengths together, in random order."""
    rng = np.random.default_rng((recipe.seed, epoch))
    order = rng.permutation(len(pieces)).tolist()
    pool, batches = 16 * recipe.batch, []
    for at in range(0, len(order), pool):
        some = sorted(order[at : at + pool], key=lambda place: len(pieces[place]))
        batches += [some[i : i + recipe.batch] for i in range(0, len(some), recipe.batch)]
    return [batches[place] for place in rng.permutation(len(batches))]


def train(
    shards: Path,
    run: Path,
    recipe: LstmRecipe,
    *,
    seconds: float = math.inf,
    say: Callable[[dict[str, Any]], None] = lambda line: None,
    evaluate_every: int = 100,
    checkpoint_every: int = 50,
    valid_pieces: int = 10**9,
) -> dict[str, float]:
    """Train to the recipe's last epoch, from the run's last checkpoint if there is one.

    Args:
        shards: folder of `train.bin` and `valid.bin`.
        run: folder of checkpoints and log.
        recipe: what is trained; a run goes on only with the recipe it was begun with.
        seconds: stop after so long, as if killed, with a checkpoint.
        say: is told of every line of the log.
        evaluate_every, checkpoint_every: steps.
        valid_pieces: how many validation pieces an evaluation reads.

    Returns:
        The last validation measures, empty if there was none.

    Raises:
        WishError: if the run was begun with another recipe.
    """
    began = time.monotonic()
    train_shard, valid_shard = Shard(shards / "train.bin"), Shard(shards / "valid.bin")
    pieces = [w.ids for piece in train_shard for w in windows(piece, recipe.context)]
    spread = np.linspace(0, len(valid_shard) - 1, min(valid_pieces, len(valid_shard)))
    valid = [valid_shard[int(place)] for place in spread]
    torch.manual_seed(recipe.seed)
    model = TuneLstm(train_shard.index.vocabulary, recipe)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.rate)
    step, best = _resume(run / "checkpoint.safetensors", model, optimiser, recipe)
    _cut_log(run / "log.jsonl", step)
    steps = recipe.epochs * math.ceil(len(pieces) / recipe.batch)
    measures: dict[str, float] = {}
    first, seen, mean = step, 0, []
    for chosen in _batches_from(pieces, recipe, step):
        if step >= steps:
            break
        ids = padded([pieces[place] for place in chosen])
        targets = ids[:, 1:].clone()
        for row, place in zip(targets, chosen):
            row[len(pieces[place]) - 1 :] = -100
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * (1 - step / steps)
        loss = F.cross_entropy(model(ids[:, :-1]).transpose(1, 2), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        step += 1
        seen += int((targets >= 0).sum())
        mean.append(loss.item())
        last = step == steps or time.monotonic() - began > seconds
        if step % evaluate_every == 0 or step == steps:
            measures = _held_out(model, valid, recipe)
            if measures["bits/note"] < best:
                best = measures["bits/note"]
                _save(
                    run / "best.safetensors", model.state_dict(), {"step": step, **measures}, recipe
                )
        if step % 10 == 0 or last:
            spent = time.monotonic() - began
            line: dict[str, Any] = {
                "step": step, "steps": steps, "loss": sum(mean) / len(mean),
                "tokens/s": seen / spent, "seconds_left": (steps - step) * spent / (step - first),
            }  # fmt: skip
            line |= {"held_out": measures} if step % evaluate_every == 0 or step == steps else {}
            mean = []
            _append(run / "log.jsonl", line)
            say(line)
        if step % checkpoint_every == 0 or last:
            tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
            tensors |= {"rng": torch.get_rng_state()} | _states(optimiser)
            _save(run / "checkpoint.safetensors", tensors, {"step": step, "best": best}, recipe)
        if last:
            break
    return measures


def load_lstm(path: Path) -> tuple[TuneLstm, dict[str, Any]]:
    """The network of a `best.safetensors`, and what was noted with it. Raises WishError."""
    tensors, state = _load(path)
    recipe = LstmRecipe(**state["recipe"])
    if "head.weight" not in tensors:
        raise WishError(f"{path} holds no LSTM; train it: python -m muse.evaluate.lstm")
    model = TuneLstm(tensors["head.weight"].shape[0], recipe)
    model.load_state_dict(tensors)
    return model.eval(), state


def _batches_from(pieces: list[np.ndarray], recipe: LstmRecipe, step: int) -> Iterator[list[int]]:
    """The batches from `step` on, epoch after epoch."""
    epoch = 0
    while True:
        batches = epoch_batches(pieces, recipe, epoch)
        yield from batches[step:]
        step = max(0, step - len(batches))
        epoch += 1


def _held_out(model: TuneLstm, valid: list[np.ndarray], recipe: LstmRecipe) -> dict[str, float]:
    found = likelihood(network_nats(model.eval()), valid, recipe.context)
    return {"bits/note": found.bits_per_note, "nats/token": found.nats_per_token}


def _states(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"optim.{number}.{name}": torch.as_tensor(value)
        for number, values in optimiser.state_dict()["state"].items()
        for name, value in values.items()
    }


def _save(
    path: Path, tensors: dict[str, Tensor], state: dict[str, Any], recipe: LstmRecipe
) -> None:
    whole = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    metadata = {"state": json.dumps(state | {"recipe": asdict(recipe)})}
    write_atomically(path, save(whole, metadata))


def _load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, "pt") as file:
            state = json.loads((file.metadata() or {})["state"])
        return load_file(path), state
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise WishError(
            f"cannot read {path}: {error}; train it: python -m muse.evaluate.lstm"
        ) from error


def _resume(
    path: Path, model: TuneLstm, optimiser: torch.optim.Optimizer, recipe: LstmRecipe
) -> tuple[int, float]:
    """Put back model, optimiser and randomness; returns the step and the best measure so far."""
    if not path.exists():
        return 0, math.inf
    tensors, state = _load(path)
    if state["recipe"] != asdict(recipe):
        raise WishError(f"{path} was begun with another recipe: {state['recipe']}")
    model.load_state_dict({n[6:]: v for n, v in tensors.items() if n.startswith("model.")})
    whole = optimiser.state_dict()
    whole["state"] = {}
    for name, value in tensors.items():
        kind, number, key = [*name.split(".", 2), "", ""][:3]
        if kind == "optim":
            whole["state"].setdefault(int(number), {})[key] = value
    optimiser.load_state_dict(whole)
    torch.set_rng_state(tensors["rng"])
    return state["step"], state["best"]


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _cut_log(path: Path, step: int) -> None:
    """Leave only the lines up to `step`: those after it are written again."""
    if path.exists():
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[-1:] == "}"]
        kept = [line for line in lines if json.loads(line)["step"] <= step]
        write_atomically(path, "".join(line + "\n" for line in kept).encode())


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(prog="python -m muse.evaluate.lstm", description=train.__doc__)
    parser.add_argument("--shards", type=Path, default=Path("shards/melody"))
    parser.add_argument("--run", type=Path, default=Path("runs/lstm"))
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves them")
    for name, value in asdict(LstmRecipe()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    recipe = LstmRecipe(**{name: options[name] for name in asdict(LstmRecipe())})
    train(
        options["shards"], options["run"], recipe, seconds=60 * options["minutes"],
        say=lambda line: print(json.dumps(line), flush=True),
    )  # fmt: skip


if __name__ == "__main__":
    main()
