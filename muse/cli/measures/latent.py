"""`muse evaluate` of a latent space: reconstruction, interpolation, samples, directions, its price."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from muse.bundle_network import NetworkBundle, load_network
from muse.cli.runs import recipe_of_weights
from muse.data.windows import fixed_windows
from muse.evaluate.attributes import ATTRIBUTES, attributes
from muse.evaluate.latent import (
    crossfade,
    reconstruction,
    score_of_steps,
    smoothness,
    spearman,
    step_classes,
)
from muse.evaluate.legality import Promises, violations
from muse.evaluate.music import statistics
from muse.evaluate.music_vae import load_music_vae, padded
from muse.evaluate.overlap import columns, compared
from muse.hub import find_bundle
from muse.makers import bundle_kind
from muse.makers.blender import Blender
from muse.makers.latent_writing import encoded, rewritten
from muse.makers.wishes import Drawing, key_classes
from muse.models.latent import LatentModel
from muse.sampling.base import generators
from muse.theory.keys import Key
from muse.tokens.melody import Sheet, flatten
from muse.tokens.melody_reading import score_of_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.checkpoint import load_checkpoint
from muse.train.latent_objective import ACTIVE_VARIANCE, latent_config
from muse.works.base import WishError
from muse.works.score import Score

if TYPE_CHECKING:
    from muse.cli.measures.bench import Bench

BASELINE = Path("runs/music_vae/best.safetensors")
WINDOWS, PAIRS, SAMPLES, STEERED = 200, 40, 500, 24
AT_ONCE = 16
STEPS = 7
AMOUNTS = (-2.0, -1.0, 0.0, 1.0, 2.0)
PLAIN = Drawing(top_p=1.0)
"""Temperature 1 and nothing cut off: reconstructions are sampled, as MusicVAE's are."""


def is_latent(name: str) -> bool:
    """Whether a run's best weights, or a bundle, are of a latent space."""
    if name.endswith(".safetensors"):
        try:
            return recipe_of_weights(Path(name)).kind == "blend"
        except WishError:
            return False
    try:
        return bundle_kind(find_bundle(name)) == "blend"
    except WishError:
        return False


def blender_of(name: str) -> Blender:
    """The blender of a bundle, or of the best weights of a run. Raises WishError."""
    if not name.endswith(".safetensors"):
        return Blender(load_network(find_bundle(name), name))
    path = Path(name)
    weights, state = load_checkpoint(path)
    model = LatentModel(latent_config(recipe_of_weights(path)))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise WishError(f"{path} does not fit its recipe") from error
    model.eval().requires_grad_(False)
    step = f"step {state.get('step', '?')}"
    bundle = NetworkBundle(path.parent.name, path.parent, "blend", step, model.config, model, {})
    return Blender(bundle)


def rebuilt(bench: Bench) -> dict[str, Any]:
    """Held-out windows from their latents, sampled at temperature 1; the baseline's two bars beside it."""
    model, pieces = blender_of(bench.name).model, list(bench.shard("test"))
    found: dict[str, Any] = {}
    count = bench.count or WINDOWS
    for bars in (2, 16):
        sheets = fixed_windows(pieces, bars, count)
        if not sheets:
            bench.say(f"reconstruction, {bars} bars", "not measured", "no tune is so long")
            continue
        wanted = [step_classes(score_of_sheet(sheet)) for sheet in sheets]
        for latents in ("drawn", "means"):
            written = _rewritten_all(model, sheets, latents == "drawn")
            got = [step_classes(score_of_sheet(sheet)) for sheet in written]
            found[f"{bars} bars, {latents} latents"] = _told(bench, f"{bars} bars, {latents} latents",
                                                             list(zip(got, wanted)))  # fmt: skip
    found["parameters"] = model.parameter_count
    return found


def baseline(bench: Bench) -> dict[str, Any]:
    """The same of MusicVAE's small network, trained on the same tunes: windows of two bars."""
    model, state = load_music_vae(BASELINE)
    sheets = fixed_windows(list(bench.shard("test")), 2, bench.count or WINDOWS)
    wanted = [step_classes(score_of_sheet(sheet)) for sheet in sheets]
    generator, found = torch.Generator().manual_seed(0), {}
    with torch.inference_mode():
        rows, lengths = padded(wanted)
        mean, deviation = model.encode(rows, lengths)
        noise = torch.randn(mean.shape, generator=generator)
        for label, z in (("drawn", mean + deviation * noise), ("means", mean)):
            drawn = model.draw(z, rows.shape[1], generator).numpy()
            pairs = [(row[: len(steps)], steps) for row, steps in zip(drawn, wanted)]
            name = f"MusicVAE small, 2 bars, {label} latents"
            found[f"2 bars, {label} latents"] = _told(bench, name, pairs)
    return found | {"parameters": model.parameter_count, "trained": state}


def _rewritten_all(model: LatentModel, sheets: Sequence[Sheet], draws: bool) -> list[Sheet]:
    """Each window written anew from its latents: the means, or draws of the posterior."""
    written: list[Sheet] = []
    for at in range(0, len(sheets), AT_ONCE):
        some = list(sheets[at : at + AT_ONCE])
        rng = [generators(0, 1, at + number)[0] for number in range(len(some))]
        rows = [_latents(model, s, rng[n] if draws else None) for n, s in enumerate(some)]
        written += rewritten(model, some, rows, PLAIN, rng)
    return written


@torch.inference_mode()
def _latents(model: LatentModel, sheet: Sheet, rng: np.random.Generator | None) -> np.ndarray:
    if rng is None:
        return encoded(model, sheet)
    ids = torch.tensor([flatten(sheet)])
    whole, bars = (
        each.drawn(torch.from_numpy(rng.standard_normal(each.mean.shape).astype(np.float32)))
        for each in model.encode(ids, torch.zeros_like(ids))
    )
    return torch.cat((whole.expand(len(bars), -1), bars), dim=1).numpy()


def _told(bench: Bench, name: str, pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    figures = {key: round(value, 4) for key, value in reconstruction(pairs).items()}
    bench.say(
        f"reconstruction, {name}",
        f"steps {figures['step_accuracy']:.4f}, onsets F {figures['onset_f1']:.4f}, pitches F "
        f"{figures['pitch_f1']:.4f}, exact {figures['exact_share']:.3f}",
        f"{figures['windows']:.0f} windows",
    )
    return figures


@torch.inference_mode()
def price(bench: Bench) -> dict[str, Any]:
    """Nats that the latents tell, and how many of their numbers are active."""
    model, found = blender_of(bench.name).model, {}
    for bars in (2, 16):
        sheets = fixed_windows(list(bench.shard("test")), bars, bench.count or WINDOWS)
        if not sheets:
            bench.say(f"latents of {bars} bars", "not measured", "no tune is so long")
            continue
        nats = np.zeros(2)
        means: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
        for sheet in sheets:
            ids = torch.tensor([flatten(sheet)])
            for place, each in enumerate(model.encode(ids, torch.zeros_like(ids))):
                nats[place] += float(each.nats().sum()) / len(sheets)
                means[place].append(each.mean)
        active = [int((torch.cat(each).var(0) > ACTIVE_VARIANCE).sum()) for each in means]
        found[f"{bars} bars"] = {
            "nats_of_whole": round(nats[0], 3), "nats_of_bars": round(nats[1], 3),
            "active_of_whole": active[0], "active_of_bar": active[1], "windows": len(sheets),
        }  # fmt: skip
        bench.say(
            f"latents of {bars} bars",
            f"{nats[0]:.1f} nats of the whole, {nats[1]:.1f} of the bars; active: {active[0]} of "
            f"{model.config.whole_size} and {active[1]} of {model.config.bar_size}",
            f"{len(sheets)} windows",
        )
    return found


def interpolation(bench: Bench) -> dict[str, Any]:
    """Ways between pairs of held-out tunes: along the sphere, straight, and by note-swap crossfade."""
    blender, count = blender_of(bench.name), bench.count or PAIRS
    tunes = [_in_c(s) for s in fixed_windows(list(bench.shard("test")), 8, 2 * count, ("4/4",))]
    pairs = [(a, b) for a, b in zip(tunes[::2], tunes[1::2]) if not a.pickup and not b.pickup]
    ways: dict[str, list[list[Score]]] = {"sphere": [], "straight": [], "crossfade": []}
    for number, (a, b) in enumerate(pairs):
        for label, straight in (("sphere", False), ("straight", True)):
            ways[label].append(blender.blend(a, b, STEPS, straight, seed=number))
        rng, ends = np.random.default_rng(number), (step_classes(a), step_classes(b))
        inner = [crossfade(*ends, place / (STEPS - 1), rng) for place in range(1, STEPS - 1)]
        ways["crossfade"].append([a, *(score_of_steps(steps, a) for steps in inner), b])
    likely = _likelihood()
    found: dict[str, Any] = {"pairs": len(pairs), "steps": STEPS}
    for label, paths in ways.items():
        rows = [smoothness(path) for path in paths]
        figures = {key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]}
        if likely:
            bits = [likely(tune) for path in paths for tune in path[1:-1]]
            figures["melody_bits_per_note"] = round(float(np.nanmean(bits)), 4)
        found[label] = figures
        words = ", ".join(f"{key} {value:.3f}" for key, value in figures.items())
        bench.say(f"interpolation, {label}", words, f"{len(paths)} ways")
    return found


def _in_c(sheet: Sheet) -> Score:
    """A window as a tune in C, so that keys do not change on the way."""
    score = score_of_sheet(sheet)
    moved = score.transposed((6 - score.key.tonic) % 12 - 6)
    return replace(moved, keys=((0, Key(0, score.key.mode)),))


def _likelihood() -> Callable[[Score], float] | None:
    """Bits a note of tunes under the bundle `melody`, None if it is not here."""
    from muse.bundle import load_bundle

    try:
        model = load_bundle(find_bundle("melody"), "melody").model
    except WishError:
        return None

    def bits(score: Score) -> float:
        if not score.melody.notes:
            return math.nan
        ids = np.array([MelodyTokenizer().encode(replace(score, style="", chords=()))])
        return float(model.nats(ids).sum()) / math.log(2) / len(score.melody.notes)

    return bits


def samples(bench: Bench) -> dict[str, Any]:
    """Tunes from the prior: broken promises, and statistics against held-out windows."""
    blender, count = blender_of(bench.name), bench.count or SAMPLES
    sheets = fixed_windows(list(bench.shard("test")), 8, count)
    human = [score_of_sheet(sheet) for sheet in sheets]
    train = [score_of_sheet(s) for s in fixed_windows(list(bench.shard("train")), 8, 1000)]
    drawn, broken = [], 0
    for number, score in enumerate(human):
        meter, key = str(score.meter), f"{score.key.tonic_name} {score.key.mode}"
        made = blender.sample(8, meter=meter, key=key, seed=number)
        assert isinstance(made, Score)
        promised = Promises(bars=8, meter=score.meter, pickup=0, key=score.key,
                            scale=key_classes(score.key))  # fmt: skip
        broken += bool(violations(made, promised))
        drawn.append(made)
    bench.say("samples", f"{broken} break a promise", f"{len(drawn)} tunes of 8 bars")
    found: dict[str, Any] = {"drawn": len(drawn), "with_violations": broken, "statistics": {}}
    sets = [columns([statistics(score) for score in some]) for some in (drawn, human, train)]
    for name in sets[0]:
        result = compared(sets[0][name], sets[1][name], sets[2][name])
        found["statistics"][name] = result.figures()
        bench.say(
            name,
            f"{result.mean:.3f} (human {result.human_mean:.3f}), overlap {result.overlap:.3f}, "
            f"floor {result.floor:.3f}",
            f"{result.count} drawn",
        )
    return found


def steering(bench: Bench) -> dict[str, Any]:
    """Asked against measured change of each attribute, and what leaks into the others."""
    blender, count = blender_of(bench.name), bench.count or STEERED
    if blender.space is None:
        raise WishError(f"{bench.name} has no directions: measure a published bundle")
    tunes = [score_of_sheet(s) for s in fixed_windows(list(bench.shard("test")), 8, count)]
    spreads = np.array([blender.space.directions[name].spread for name in ATTRIBUTES])
    found: dict[str, Any] = {"tunes": len(tunes), "amounts": list(AMOUNTS)}
    for place, name in enumerate(ATTRIBUTES):
        asked: list[float] = []
        moved: list[np.ndarray] = []
        for number, tune in enumerate(tunes):
            before = attributes(tune)
            for amount in AMOUNTS:
                made = blender.steer(tune, {name: amount}, seed=number)
                assert isinstance(made, Score)
                asked.append(amount)
                moved.append((attributes(made) - before) / spreads)
        table, amounts = np.array(moved), np.array(asked)
        slopes = amounts @ (table - table.mean(axis=0)) / float(amounts @ amounts)
        own = spearman(asked, table[:, place].tolist())
        by_tune = [
            spearman(AMOUNTS, table[i : i + len(AMOUNTS), place].tolist())
            for i in range(0, len(table), len(AMOUNTS))
        ]
        leak = {other: round(float(slopes[n]), 4) for n, other in enumerate(ATTRIBUTES)}
        found[name] = {
            "spearman": round(own, 4), "spearman_within_tunes": round(float(np.nanmean(by_tune)), 4),
            "spreads_per_asked_spread": leak,
        }  # fmt: skip
        others = max((abs(v), o) for o, v in leak.items() if o != name)
        bench.say(
            f"steering, {name}",
            f"Spearman {own:.3f} (within tunes {found[name]['spearman_within_tunes']:.3f}), "
            f"{leak[name]:+.2f} spreads for one asked, most leakage {others[0]:.2f} into {others[1]}",
            f"{len(tunes)} tunes",
        )
    return found


MEASURES: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "reconstruction": rebuilt,
    "music_vae": baseline,
    "latents": price,
    "interpolation": interpolation,
    "samples": samples,
    "steering": steering,
}
