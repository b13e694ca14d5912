"""`muse evaluate` of verse: how likely held-out texts are, to the network and to an n-gram."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muse.cli.measures import verse_draws
from muse.cli.measures.poems import network_of, texts_of, verse_bundle
from muse.data.shards import Shard
from muse.evaluate.likelihood import network_nats
from muse.evaluate.verse_likelihood import (
    CharacterNgram,
    TextLikelihood,
    best_order,
    less,
    network_likelihood,
)
from muse.evaluate.verse_texts import (
    Reading,
    chinese_text,
    chinese_windows,
    english_text,
    english_windows,
    is_scene,
)
from muse.makers.poet import Poet

if TYPE_CHECKING:
    from muse.cli.measures.bench import Bench

CONTEXT = 1024
ORDERS = {"en": range(4, 8), "zh": range(2, 6)}
"""Orders of the n-gram among which the validation split chooses."""
READINGS = {
    "nothing told": Reading(told=False),
    "nothing told, no labels": Reading(told=False, labelled=False),
    "nothing told, backward": Reading(told=False, backward=True),
    "header told": Reading(),
    "header told, backward": Reading(backward=True),
}
NGRAM = "Kneser-Ney"
SPLITS = ("valid", "test")


def likelihood(bench: Bench) -> dict[str, Any]:
    """Bits per character of held-out poems and plays, under each reading."""
    poet = Poet(verse_bundle(bench.name))
    nats = network_nats(network_of(poet.bundle))
    found: dict[str, Any] = {"about": "verse", "version": poet.bundle.version}
    for split in SPLITS:
        for genre, chosen in genres(bench, poet, split).items():
            for label, reading in READINGS.items():
                if poet.language == "zh" and reading.backward:
                    continue
                if genre == "plays" and (reading.backward or not reading.labelled):
                    continue
                cut = english_windows if poet.language == "en" else chinese_windows
                windows = [cut(piece, poet.pieces, reading, CONTEXT) for piece in chosen]
                kept = [n for n, each in enumerate(windows) if each]
                characters = [len(text_of(chosen[n], poet)) for n in kept]
                result = network_likelihood(nats, [windows[n] for n in kept], characters)
                key = f"{split}, {genre}"
                found.setdefault(key, {})[label] = result.figures() | {
                    "left_out": len(chosen) - len(kept)
                }
                tell(bench, key, f"model, {label}", result)
                bench.texts[key, label] = result
    return found


def ngram(bench: Bench) -> dict[str, Any]:
    """Bits per character of interpolated Kneser-Ney on the same texts, its order from `valid`."""
    poet = Poet(verse_bundle(bench.name))
    orders = list(ORDERS[poet.language])
    texts = {
        f"{split}, {genre}": [text_of(piece, poet) for piece in fitting(chosen, poet)]
        for split in SPLITS
        for genre, chosen in genres(bench, poet, split).items()
    }
    alphabet = set().union(*(text for some in texts.values() for text in some))
    train = texts_of(bench.shards / "train.bin", poet.pieces, poet.language)
    model = CharacterNgram(train, alphabet, max(orders))
    found: dict[str, Any] = {"about": "verse", "training_characters": sum(map(len, train))}
    for genre in ("poems", "plays"):
        if f"valid, {genre}" not in texts:
            continue
        by_order = model.likelihoods(texts[f"valid, {genre}"], orders)
        order = best_order(by_order)
        bits = {each: round(result.bits_per_character, 4) for each, result in by_order.items()}
        for split in SPLITS:
            key = f"{split}, {genre}"
            if key not in texts:
                continue
            again = by_order if split == "valid" else model.likelihoods(texts[key], [order])
            result = again[order]
            found[key] = result.figures() | {"order": order, "valid_bits_by_order": bits}
            tell(bench, key, f"{NGRAM}, order {order}", result)
            _compare(bench, key, result, found[key])
    return found


def genres(bench: Bench, poet: Poet, split: str) -> dict[str, list[np.ndarray]]:
    """The held-out pieces of a split by genre; at most `--count` of each, spread evenly."""
    pieces = list(Shard(bench.shards / f"{split}.bin"))
    found = {"poems": pieces}
    if poet.language == "en":
        scenes = [is_scene(piece, poet.pieces) for piece in pieces]
        found = {
            "poems": [piece for piece, scene in zip(pieces, scenes) if not scene],
            "plays": [piece for piece, scene in zip(pieces, scenes) if scene],
        }
    return {genre: _spread(some, bench.count) for genre, some in found.items() if some}


def _spread(pieces: list[np.ndarray], count: int | None) -> list[np.ndarray]:
    if count is None or count >= len(pieces):
        return pieces
    return [pieces[n] for n in np.linspace(0, len(pieces) - 1, count).astype(int)]


def fitting(pieces: list[np.ndarray], poet: Poet) -> list[np.ndarray]:
    """The pieces that the network can read, so that both are asked for the same texts."""
    cut = english_windows if poet.language == "en" else chinese_windows
    return [piece for piece in pieces if cut(piece, poet.pieces, Reading(), CONTEXT)]


def text_of(piece: np.ndarray, poet: Poet) -> str:
    """The text of a piece."""
    if poet.language == "en":
        return english_text(piece, poet.pieces)
    return chinese_text(piece, poet.pieces)


def tell(bench: Bench, key: str, model: str, result: TextLikelihood) -> None:
    """Put a likelihood into the table."""
    low, high = result.interval()
    bench.say(
        f"{key}, {model}", f"{result.bits_per_character:.4f} bits/character ({low:.4f} to {high:.4f})",
        f"{len(result.nats)} texts, {int(result.characters.sum()):,} characters",
    )  # fmt: skip


def _compare(bench: Bench, key: str, result: TextLikelihood, figures: dict[str, Any]) -> None:
    """Set the network's figures, if they were measured, against the n-gram's."""
    figures["model_needs_less"] = {}
    for label in READINGS:
        other = bench.texts.get((key, label))
        if other is None or not np.array_equal(other.characters, result.characters):
            continue
        share = less(other, result)
        figures["model_needs_less"][label] = share
        low, high = share["interval_95"]
        bench.say(
            f"{key}, model, {label}, against {NGRAM}",
            f"{-share['share']:+.1%} bits ({-high:+.1%} to {-low:+.1%})", "the same texts",
        )  # fmt: skip


MEASURES: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "likelihood": likelihood,
    "ngram": ngram,
    "form": verse_draws.form,
    "price": verse_draws.price,
    "diversity": verse_draws.diversity,
    "copying": verse_draws.copying,
    "theme": verse_draws.theme,
}


def learned_verse(shards: Path) -> bool:
    """Whether the shards of a folder hold verse."""
    if not (shards / "valid.json").is_file():
        return False
    return Shard(shards / "valid.bin").index.tokenizer in ("verse-en", "verse-zh")
