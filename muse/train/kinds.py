"""What each kind of recipe learns: its tokens, how its pieces are shown, how it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muse.data.characters import VOCABULARY, text_draw
from muse.data.chinese import ChineseDraw
from muse.data.english_draw import EnglishDraw
from muse.data.frames import frame_draw
from muse.data.loader import Draw, melody_draw
from muse.hub import tokenizer_path
from muse.tokens.base import Vocabulary
from muse.tokens.characters import load_characters
from muse.tokens.english import load_english
from muse.tokens.frames import frame_vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.tokens.text import TextPieces, load_pieces
from muse.train.english_objective import EnglishVerseObjective
from muse.train.objectives import (
    CharactersObjective,
    FramesObjective,
    NextTokenObjective,
    VerseObjective,
)
from muse.train.recipe import TrainRecipe
from muse.works.base import WishError


@dataclass(frozen=True)
class Kind:
    """One kind of training.

    Attributes:
        vocabulary: the tokens.
        draw: how a piece is shown.
        objective: what is learned, and its held-out measure.
    """

    vocabulary: Callable[[TrainRecipe], Vocabulary]
    draw: Callable[[TrainRecipe], Draw]
    objective: type[NextTokenObjective]


def _pieces(recipe: TrainRecipe) -> TextPieces:
    return load_pieces(tokenizer_path(recipe.data.tokenizer))


def _melody(recipe: TrainRecipe) -> Draw:
    return melody_draw(recipe.data.drop_condition)


KINDS = {
    "melody": Kind(lambda recipe: melody_vocabulary(), _melody, NextTokenObjective),
    "chorale": Kind(lambda recipe: melody_vocabulary(), _melody, NextTokenObjective),
    "frames": Kind(
        lambda recipe: frame_vocabulary(), lambda recipe: frame_draw(recipe.name), FramesObjective
    ),
    "characters": Kind(
        lambda recipe: load_characters(Path(recipe.data.shards) / VOCABULARY).vocabulary,
        lambda recipe: text_draw,
        CharactersObjective,
    ),
    "verse-zh": Kind(
        lambda recipe: _pieces(recipe).vocabulary,
        lambda recipe: ChineseDraw(Path(recipe.data.shards), _pieces(recipe)),
        VerseObjective,
    ),
    "verse-en": Kind(
        lambda recipe: _pieces(recipe).vocabulary,
        lambda recipe: EnglishDraw(load_english(tokenizer_path(recipe.data.tokenizer))),
        EnglishVerseObjective,
    ),
}
"""By the recipe's `kind`."""


def kind_of(recipe: TrainRecipe) -> Kind:
    """The kind of a recipe. Raises WishError for an unknown one."""
    if recipe.kind not in KINDS:
        raise WishError(f"the recipe {recipe.name}: kind is one of {', '.join(KINDS)}")
    return KINDS[recipe.kind]
