"""`muse evaluate` of runs that learned characters: the published tables and the n-gram's bar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muse.cli.runs import read_run
from muse.data.characters import VOCABULARY
from muse.data.shards import Shard
from muse.evaluate.characters import CharacterScore, character_score, windows_apart
from muse.evaluate.kneser_ney import KneserNey
from muse.evaluate.likelihood import network_nats
from muse.tokens.characters import CharacterTokenizer, load_characters
from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.cli.measures.bench import Bench

FEW_CHARACTERS, HIGHEST, HIGHEST_OF_MANY = 256, 8, 5
"""An alphabet is counted up to a higher order than thousands of Chinese characters."""


def likelihood(bench: Bench) -> dict[str, Any]:
    """Nats a character of a run: windows that overlap, and windows apart as nanoGPT has them."""
    model, recipe = read_run(Path(bench.name), "characters")
    context = recipe.length
    tokenizer = load_characters(bench.shards / VOCABULARY)
    if model.config.vocab_size != len(tokenizer.vocabulary):
        raise WishError(f"{bench.name} learned other characters than those of {bench.shards}")
    found: dict[str, Any] = {"context": context, "parameters": model.parameter_count}
    for split, shard in splits(bench.shards).items():
        nats = network_nats(model)
        score = character_score(nats, shard, tokenizer, context)
        apart = character_score(nats, shard, tokenizer, context, windows_apart)
        found[split] = figures(score, tokenizer)
        found[split]["nats_per_character_in_windows_apart"] = round(apart.nats_per_character, 4)
        say(bench, f"{split}, model", score)
        say(bench, f"{split}, model, windows of {context} apart", apart)
    return found


def ngram(bench: Bench) -> dict[str, Any]:
    """Nats a character of interpolated modified Kneser-Ney, its order chosen by validation."""
    tokenizer = load_characters(bench.shards / VOCABULARY)
    size = len(tokenizer.vocabulary)
    highest = HIGHEST if size < FEW_CHARACTERS else HIGHEST_OF_MANY
    model = KneserNey(Shard(bench.shards / "train.bin"), size, highest)

    def scored(shard: Shard, order: int) -> CharacterScore:
        # An n-gram sees less than half a window, so how long windows are does not matter.
        return character_score(
            lambda some: [model.nats(ids, order) for ids in some], shard, tokenizer, 1024
        )

    held_out = splits(bench.shards)
    by_order = {order: scored(held_out["valid"], order) for order in range(2, highest + 1)}
    best = min(by_order, key=lambda order: by_order[order].nats)
    found: dict[str, Any] = {"order": best, "valid_nats_per_character_by_order": {}}
    for order, score in by_order.items():
        found["valid_nats_per_character_by_order"][order] = round(score.nats_per_character, 4)
        say(bench, f"valid, Kneser-Ney, order {order}", score)
    for split, shard in held_out.items():
        score = by_order[best] if split == "valid" else scored(shard, best)
        found[split] = figures(score, tokenizer)
        if split != "valid":
            say(bench, f"{split}, Kneser-Ney, order {best}", score)
    return found


MEASURES: dict[str, Callable[[Bench], dict[str, Any]]] = {"likelihood": likelihood, "ngram": ngram}


def learned_characters(shards: Path) -> bool:
    """Whether the shards of a folder hold characters."""
    return (shards / VOCABULARY).is_file()


def splits(shards: Path) -> dict[str, Shard]:
    """The held-out splits of a folder; a text that is cut in two has no test split."""
    names = [name for name in ("valid", "test") if (shards / f"{name}.bin").is_file()]
    return {name: Shard(shards / f"{name}.bin") for name in names or ["valid"]}


def figures(score: CharacterScore, tokenizer: CharacterTokenizer) -> dict[str, Any]:
    """The numbers of a score as JSON values."""
    naming = score.unknown * tokenizer.unknown_nats / score.characters
    return {
        "nats_per_character": round(score.nats_per_character, 4),
        "bits_per_character": round(score.bits_per_character, 4),
        "characters": score.characters, "texts": score.texts, "unknown": score.unknown,
        "nats_per_character_of_naming_unknown": round(naming, 4),
    }  # fmt: skip


def say(bench: Bench, what: str, score: CharacterScore) -> None:
    """Put a score into the table."""
    bench.say(
        what,
        f"{score.nats_per_character:.4f} nats/character, {score.bits_per_character:.4f} bits",
        f"{score.texts} texts, {score.characters:,} characters, {score.unknown} unknown",
    )
