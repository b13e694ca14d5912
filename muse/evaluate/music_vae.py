"""The baseline of the latent space: MusicVAE's small two-bar network, trained on our tunes.

The network is `cat-mel_2bar_small` of Roberts et al. 2018: one-hot classes of sixteenths (see
`latent.py`), a bidirectional LSTM of 512, a latent of 256, a decoder of two LSTMs of 256 that reads its last
class and the latent at each step, beta 0.2, scheduled sampling, transposition by up to five semitones. What
departs from theirs, because two cores see far fewer steps: Adam's rate, beta and the share of own classes
fed back go their way over the steps of the recipe; windows of all meters are learned, each of its own length.

    python -m muse.evaluate.music_vae --shards shards/melody2 --run runs/music_vae

trains, or goes on training; the run's folder gets `checkpoint.safetensors`, `best.safetensors` (best bound on
validation windows) and `log.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
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
from muse.evaluate.latent import CLASSES, FIRST_PITCH, NOTHING, STEP_TICKS, Steps, step_classes
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError, write_atomically

BARS = 2
MOST_TRANSPOSED = 5


@dataclass(frozen=True, kw_only=True)
class MusicVaeRecipe:
    """How the baseline is built and trained.

    Attributes:
        encoder, decoder, latent: widths; the decoder has two layers.
        beta: weight of the latent's nats, reached in the middle of the run.
        sampled: share of the decoder's inputs that are its own draws, reached at the end.
        steps, batch: of the run.
        rate: Adam's, at first; it falls in a line to a hundredth.
        clip: largest gradient norm.
        seed: of everything drawn.
    """

    encoder: int = 512
    decoder: int = 256
    latent: int = 256
    beta: float = 0.2
    sampled: float = 0.5
    steps: int = 6000
    batch: int = 128
    rate: float = 1e-3
    clip: float = 1.0
    seed: int = 0


class MusicVae(nn.Module):
    """Classes of steps to a latent and back."""

    def __init__(self, recipe: MusicVaeRecipe) -> None:
        super().__init__()
        size = recipe.decoder
        self.encoder = nn.LSTM(CLASSES, recipe.encoder, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(2 * recipe.encoder, recipe.latent)
        self.deviation = nn.Linear(2 * recipe.encoder, recipe.latent)
        self.begin = nn.Linear(recipe.latent, 4 * size)
        self.first = nn.LSTM(CLASSES + recipe.latent, size, batch_first=True)
        self.second = nn.LSTM(size, size, batch_first=True)
        self.head = nn.Linear(size, CLASSES)

    def encode(self, steps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation (B, latent) of windows (B, S) of so many steps (B,)."""
        packed = nn.utils.rnn.pack_padded_sequence(
            F.one_hot(steps, CLASSES).float(), lengths, batch_first=True, enforce_sorted=False
        )
        _, (last, _) = self.encoder(packed)
        both = torch.cat((last[0], last[1]), dim=1)
        return self.mean(both), F.softplus(self.deviation(both)) + 1e-5

    def _states(self, z: Tensor) -> list[tuple[Tensor, Tensor]]:
        parts = torch.tanh(self.begin(z)).chunk(4, dim=1)
        return [(parts[0][None], parts[1][None]), (parts[2][None], parts[3][None])]

    def decode(self, steps: Tensor, z: Tensor, fed_back: Tensor | None = None) -> Tensor:
        """Logits (B, S, classes) of each step after the true ones, or at `fed_back` (S,) after own draws."""
        before = F.pad(F.one_hot(steps[:, :-1], CLASSES).float(), (0, 0, 1, 0))
        wide = z[:, None].expand(-1, steps.shape[1], -1)
        states = self._states(z)
        if fed_back is None or not bool(fed_back.any()):
            hidden, _ = self.first(torch.cat((before, wide), dim=-1), states[0])
            return self.head(self.second(hidden, states[1])[0])
        logits: list[Tensor] = []
        for place in range(steps.shape[1]):
            last = before[:, place]
            if place and bool(fed_back[place]):
                own = torch.multinomial(logits[-1].detach().softmax(-1), 1)[:, 0]
                last = F.one_hot(own, CLASSES).float()
            logits.append(self._step(last, z, states))
        return torch.stack(logits, dim=1)

    def _step(self, last: Tensor, z: Tensor, states: list[tuple[Tensor, Tensor]]) -> Tensor:
        hidden, states[0] = self.first(torch.cat((last, z), dim=1)[:, None], states[0])
        hidden, states[1] = self.second(hidden, states[1])
        return self.head(hidden[:, 0])

    @torch.inference_mode()
    def draw(self, z: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """Classes drawn at temperature 1, (B, count)."""
        states, last, found = self._states(z), torch.zeros(len(z), CLASSES), []
        for _ in range(count):
            chances = self._step(last, z, states).softmax(-1)
            found.append(torch.multinomial(chances, 1, generator=generator)[:, 0])
            last = F.one_hot(found[-1], CLASSES).float()
        return torch.stack(found, dim=1)

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns; of a pair of LSTM biases one counts, as in TensorFlow."""
        doubled = sum(p.numel() for n, p in self.named_parameters() if "bias_hh" in n)
        return sum(p.numel() for p in self.parameters()) - doubled


def two_bar_windows(pieces: Sequence[np.ndarray]) -> list[Steps]:
    """Classes of all windows of two full bars, one after the other; a note held into one begins anew."""
    found: list[Steps] = []
    for piece in pieces:
        score = MelodyTokenizer().decode(piece)
        classes = step_classes(score)
        sounding, now = np.zeros_like(classes), NOTHING
        for place, kind in enumerate(classes.tolist()):
            now = kind if kind != NOTHING else now
            sounding[place] = now
        bars = [bar for bar in score.grid() if bar.number]
        for first, last in zip(bars[::BARS], bars[BARS - 1 :: BARS]):
            start, stop = round(first.start / STEP_TICKS), round(last.end / STEP_TICKS)
            cut = classes[start:stop].copy()
            if len(cut) and cut[0] == NOTHING:
                cut[0] = sounding[start] if sounding[start] >= FIRST_PITCH else NOTHING
            if (cut >= FIRST_PITCH).any():
                found.append(cut)
    return found


def batch_of(windows: list[Steps], recipe: MusicVaeRecipe, step: int) -> tuple[Tensor, Tensor]:
    """Windows (B, S) and their lengths (B,) of a step: a random choice, each in a random key."""
    rng = np.random.default_rng((recipe.seed, step))
    chosen = [windows[int(i)] for i in rng.integers(len(windows), size=recipe.batch)]
    keys = rng.integers(-MOST_TRANSPOSED, MOST_TRANSPOSED + 1, size=recipe.batch)
    return padded([_transposed(window, int(key)) for window, key in zip(chosen, keys)])


def padded(windows: Sequence[Steps]) -> tuple[Tensor, Tensor]:
    """Windows as (B, S), filled with `NOTHING`, and their lengths."""
    lengths = torch.tensor([len(window) for window in windows])
    rows = torch.full((len(windows), int(lengths.max())), NOTHING)
    for row, window in zip(rows, windows):
        row[: len(window)] = torch.from_numpy(window)
    return rows, lengths


def _transposed(window: Steps, semitones: int) -> Steps:
    moved = np.where(window >= FIRST_PITCH, window + semitones, window)
    sounding = moved[window >= FIRST_PITCH]
    return window if sounding.min() < FIRST_PITCH or sounding.max() >= CLASSES else moved


def bound(
    model: MusicVae, rows: Tensor, lengths: Tensor, fed_back: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Nats of the steps and of the latents of windows, each a sum over the batch."""
    mean, deviation = model.encode(rows, lengths)
    z = mean + deviation * torch.randn_like(mean)
    logits = model.decode(rows, z, fed_back)
    inside = torch.arange(rows.shape[1]) < lengths[:, None]
    nats = F.cross_entropy(logits[inside], rows[inside], reduction="sum")
    told = (mean.square() + deviation.square() - 1 - 2 * deviation.log()).sum() / 2
    return nats, told


def train(
    shards: Path, run: Path, recipe: MusicVaeRecipe, *, seconds: float = math.inf,
    say: Callable[[dict[str, Any]], None] = lambda line: None, evaluate_every: int = 250,
) -> dict[str, float]:  # fmt: skip
    """Train to the recipe's last step, from the run's last checkpoint if there is one.

    Args:
        shards: folder of `train.bin` and `valid.bin`.
        run: folder of checkpoints and log.
        recipe: a run goes on only with the recipe it was begun with.
        seconds: stop after so long, as if killed, with a checkpoint.
        say: is told of every line of the log.
        evaluate_every: steps between evaluations and checkpoints.

    Returns:
        The last validation measures.

    Raises:
        WishError: if the run was begun with another recipe.
    """
    began = time.monotonic()
    windows = two_bar_windows(list(Shard(shards / "train.bin")))
    valid = two_bar_windows(list(Shard(shards / "valid.bin")))[::7][:512]
    torch.manual_seed(recipe.seed)
    model = MusicVae(recipe)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.rate)
    step, best = _resume(run / "checkpoint.safetensors", model, optimiser, recipe)
    measures: dict[str, float] = {}
    while step < recipe.steps:
        done = step / recipe.steps
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * max(1 - done, 0.01)
        torch.manual_seed((recipe.seed << 32) + step)
        rows, lengths = batch_of(windows, recipe, step)
        fed_back = torch.rand(rows.shape[1]) < recipe.sampled * done
        model.train()
        nats, told = bound(model, rows, lengths, fed_back)
        loss = (nats + recipe.beta * min(1.0, 2 * done) * told) / len(rows)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        step += 1
        last = step == recipe.steps or time.monotonic() - began > seconds
        if step % evaluate_every == 0 or last:
            measures = held_out(model, valid, recipe)
            if measures["weighted nats/window"] < best:
                best = measures["weighted nats/window"]
                _save(
                    run / "best.safetensors", model.state_dict(), {"step": step, **measures}, recipe
                )
            line = {"step": step, "steps": recipe.steps, "loss": loss.item(), "held_out": measures,
                    "seconds": round(time.monotonic() - began, 1)}  # fmt: skip
            _append(run / "log.jsonl", line)
            say(line)
            tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
            state = optimiser.state_dict()["state"]
            tensors |= {f"optim.{n}.{key}": torch.as_tensor(value)
                        for n, values in state.items() for key, value in values.items()}  # fmt: skip
            _save(run / "checkpoint.safetensors", tensors, {"step": step, "best": best}, recipe)
        if last:
            break
    return measures


@torch.inference_mode()
def held_out(model: MusicVae, valid: list[Steps], recipe: MusicVaeRecipe) -> dict[str, float]:
    """The weighted bound and its parts of validation windows, teacher-forced."""
    torch.manual_seed(0)
    model.eval()
    nats, told = bound(model, *padded(valid))
    count = len(valid)
    return {
        "weighted nats/window": float(nats + recipe.beta * told) / count,
        "written nats/window": float(nats) / count, "latent nats/window": float(told) / count,
    }  # fmt: skip


def load_music_vae(path: Path) -> tuple[MusicVae, dict[str, Any]]:
    """The network of a `best.safetensors`, and what was noted with it. Raises WishError."""
    tensors, state = _load(path)
    model = MusicVae(MusicVaeRecipe(**state["recipe"]))
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise WishError(f"{path} holds no such network; train it anew") from error
    return model.eval(), state


def _save(
    path: Path, tensors: dict[str, Tensor], state: dict[str, Any], recipe: MusicVaeRecipe
) -> None:
    whole = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    write_atomically(path, save(whole, {"state": json.dumps(state | {"recipe": asdict(recipe)})}))


def _load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, "pt") as file:
            state = json.loads((file.metadata() or {})["state"])
        return load_file(path), state
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise WishError(
            f"cannot read {path}: {error}; train it: python -m muse.evaluate.music_vae"
        ) from error


def _resume(
    path: Path, model: MusicVae, optimiser: torch.optim.Optimizer, recipe: MusicVaeRecipe
) -> tuple[int, float]:
    """Put back model and optimiser; returns the step and the best measure so far."""
    if not path.exists():
        return 0, math.inf
    tensors, state = _load(path)
    if state["recipe"] != asdict(recipe):
        raise WishError(f"{path} was begun with another recipe: {state['recipe']}")
    model.load_state_dict({n[6:]: v for n, v in tensors.items() if n.startswith("model.")})
    whole = optimiser.state_dict()
    whole["state"] = {}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "optim":
            number, _, key = rest.partition(".")
            whole["state"].setdefault(int(number), {})[key] = value
    optimiser.load_state_dict(whole)
    return state["step"], state["best"]


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(prog="python -m muse.evaluate.music_vae")
    parser.add_argument("--shards", type=Path, default=Path("shards/melody2"))
    parser.add_argument("--run", type=Path, default=Path("runs/music_vae"))
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves them")
    for name, value in asdict(MusicVaeRecipe()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    recipe = MusicVaeRecipe(**{name: options[name] for name in asdict(MusicVaeRecipe())})
    train(
        options["shards"], options["run"], recipe, seconds=60 * options["minutes"],
        say=lambda line: print(json.dumps(line), flush=True),
    )  # fmt: skip


if __name__ == "__main__":
    main()
