"""Poems that are drawn to be measured, with the ids of what was written; and human poems beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from muse.bundle import Bundle, load_bundle, pieces_of
from muse.cli.runs import read_run, recipe_of_weights
from muse.data.shards import Shard
from muse.engine.torch_engine import TorchEngine
from muse.evaluate.chinese_form import SHAPES as CHINESE_SHAPES
from muse.evaluate.english_form import SHAPES
from muse.evaluate.form_price import LogChances
from muse.evaluate.themes import THEMES
from muse.evaluate.verse_texts import chinese_text, english_text, is_scene
from muse.hub import find_bundle, tokenizer_path
from muse.makers.poem_wishes import PoemWish
from muse.makers.poet import Poet
from muse.makers.verse_lines_en import asked_poem
from muse.makers.verse_plan import VersePlan
from muse.models.decoder import Decoder
from muse.train.checkpoint import load_checkpoint
from muse.works.base import WishError
from muse.works.poem import Poem

VERSE_KINDS = ("verse-en", "verse-zh")
TUNES = ("浣溪沙", "如梦令", "菩萨蛮", "蝶恋花", "水调歌头")
"""Ci tunes that are drawn in number."""
FORMS = {"en": tuple(SHAPES), "zh": (*CHINESE_SHAPES, "联", "古诗", *TUNES)}
"""The forms whose poems are measured, by language."""
AT_ONCE = 16
"""Poems of one theme and form that are drawn together."""


@dataclass(frozen=True)
class Written:
    """A drawn poem: its plan, the ids that were written, and what they say."""

    plan: VersePlan
    ids: tuple[int, ...]
    poem: Poem


class RecordingPoet(Poet):
    """A poet that keeps what it drew, ids and all, before it is ranked.

    Args:
        bundle: what it writes with.
        free: whether it may write anything at all, in no form.
    """

    def __init__(self, bundle: Bundle, free: bool = False) -> None:
        super().__init__(bundle)
        self.free = free
        self.written: list[Written] = []

    def _plan(self, wish: PoemWish) -> VersePlan:
        plan = super()._plan(wish)

        def read(ids: Sequence[int]) -> Poem:
            # What is written freely need be no poem of the plan's form.
            poem = Poem((("-",),)) if self.free else plan.read(ids)
            self.written.append(Written(plan, tuple(int(id) for id in ids), poem))
            return poem

        return replace(
            plan, read=read, grammar=_Anything(plan.grammar) if self.free else plan.grammar
        )

    def drawn(self, theme: str = "", **options: Any) -> list[Written]:
        """Poems as they were drawn, in their order. Raises WishError."""
        self.written = []
        self.write(theme, **options)
        return self.written


class _Anything:
    """The grammar of all ids, with masks as those of another grammar are."""

    def __init__(self, other: Any) -> None:
        mask = other.allowed(other.start())
        self.mask = mask | ~mask

    def start(self) -> None:
        return None

    def after(self, state: None, id: int) -> None:
        return None

    def allowed(self, state: None) -> Any:
        return self.mask


@lru_cache(maxsize=2)
def verse_bundle(name: str) -> Bundle:
    """A bundle that writes verse, by its name, or of the best weights of a run. Raises WishError."""
    if name.endswith(".safetensors"):
        recipe = recipe_of_weights(Path(name))
        if recipe.kind not in VERSE_KINDS:
            raise WishError(f"{name} is a run of kind {recipe.kind!r}, which writes no verse")
        model, _ = read_run(Path(name), recipe.kind)
        _, state = load_checkpoint(Path(name))
        pieces = pieces_of(recipe.kind, tokenizer_path(recipe.data.tokenizer))
        version = f"step {state.get('step', '?')}"
        return Bundle(
            recipe.name, Path(name).parent, recipe.kind, version, TorchEngine(model), state, {},
            None, pieces,
        )  # fmt: skip
    bundle = load_bundle(find_bundle(name), name)
    if bundle.kind not in VERSE_KINDS:
        raise WishError(f"{name} is a bundle of kind {bundle.kind!r}, which writes no verse")
    return bundle


def network_of(bundle: Bundle) -> Decoder:
    """The decoder of a bundle."""
    return bundle.network()


def log_chances(network: Decoder) -> LogChances:
    """The network as it is asked for the price of a form."""
    import torch

    def chances(ids: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            logits = network(torch.from_numpy(ids)[None])[0]
            return logits.double().log_softmax(dim=-1).numpy()

    return chances


# Drawn poems -----------------------------------------------------------------------------------


def themed_poems(
    poet: RecordingPoet, form: str, count: int, at_once: int = AT_ONCE
) -> list[Written]:
    """Poems of a form, theme after theme, `at_once` of each; as drawn, none chosen."""
    themes = THEMES[poet.language]
    found: list[Written] = []
    turn = FORMS[poet.language].index(form) * 3
    while len(found) < count:
        many = min(at_once, count - len(found))
        theme = themes[turn % len(themes)]
        found += poet.drawn(theme, form=form, variations=many, seed=turn)
        turn += 1
    return found


# Human poems -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class HumanPoem:
    """A held-out poem: its ids as they are stored, and its lines."""

    piece: np.ndarray
    lines: tuple[str, ...]


def human_poems(shards: Iterable[Shard], pieces: Any, form: str, language: str) -> list[HumanPoem]:
    """The poems of some shards whose label is that of a form; none if people wrote none.

    English sonnets of both kinds have one label, and so have all quatrains. For a couplet (联) the
    third and fourth line of lüshi stand.
    """
    label = form_label(form, language)
    found = []
    for shard in shards:
        for piece, info in zip(shard, shard.index.pieces):
            if info.style != label:
                continue
            if language == "en":
                lines = tuple(line for line in english_text(piece, pieces).split("\n") if line)
                found.append(HumanPoem(piece, lines))
                continue
            sheet = pieces.read(piece.tolist())
            if label == "词" and sheet.fields.get("Tune") != form:
                continue
            lines = tuple((line.text or "") + line.point for line in sheet.lines)
            found.append(HumanPoem(piece, lines[2:4] if form == "联" else lines))
    return found


def form_label(form: str, language: str) -> str:
    """How shards label the poems that a form is measured against."""
    if language == "en":
        tag = asked_poem(PoemWish(form=form)).tag
        return "" if tag == "poem" else tag
    if form == "联":
        return "七律"
    return form if form in CHINESE_SHAPES or form == "古诗" else "词"


def held_out_shards(folder: Path) -> list[Shard]:
    """The validation and the test split."""
    return [Shard(folder / f"{split}.bin") for split in ("valid", "test")]


@lru_cache(maxsize=4)
def texts_of(path: Path, pieces: Any, language: str) -> tuple[str, ...]:
    """The text of every piece of a shard."""
    shard = Shard(path)
    if language == "en":
        return tuple(english_text(piece, pieces) for piece in shard)
    return tuple(chinese_text(piece, pieces) for piece in shard)


def poems_only(path: Path, pieces: Any, language: str) -> list[str]:
    """The texts of a shard that are poems, not scenes of plays."""
    texts = texts_of(path, pieces, language)
    if language == "zh":
        return list(texts)
    return [text for text, piece in zip(texts, Shard(path)) if not is_scene(piece, pieces)]
