"""What each kind of recipe learns: its data, how it is shown, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muse.data.characters import VOCABULARY, prepare_characters, text_draw
from muse.data.chinese import ChineseDraw, prepare_chinese
from muse.data.english_draw import EnglishDraw
from muse.data.english_prepare import prepare_english
from muse.data.frames import frame_draw, prepare_frames
from muse.data.icons import prepare_icons
from muse.data.loader import Draw, melody_draw
from muse.data.pictures import prepare_digits
from muse.data.prepare import prepare_scores
from muse.hub import TOKENIZERS, tokenizer_path
from muse.models.decoder_config import DecoderConfig
from muse.tokens.base import Vocabulary
from muse.tokens.characters import load_characters
from muse.tokens.english import load_english
from muse.tokens.frames import frame_vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.tokens.mosaic import mosaic_vocabulary
from muse.tokens.text import TextPieces, load_pieces
from muse.train.english_objective import EnglishVerseObjective
from muse.train.icon_objective import IconObjective
from muse.train.latent_objective import LatentObjective
from muse.train.loop import Objective
from muse.train.objectives import (
    CharactersObjective,
    FramesObjective,
    NextTokenObjective,
    VerseObjective,
)
from muse.train.picture_adversarial import AdversarialObjective
from muse.train.picture_objectives import (
    MosaicObjective,
    MosaicTokensObjective,
    PictureFlowObjective,
    PictureVaeObjective,
)
from muse.train.picture_tokens import prepare_mosaics
from muse.train.recipe import TrainRecipe
from muse.train.voice_objectives import (
    AcousticObjective,
    VoiceFlowObjective,
    VoiceGanObjective,
    prepare_voice,
)
from muse.works.base import WishError

Splits = dict[str, dict[str, int]]
"""What was prepared: by split, how many of what."""


@dataclass(frozen=True)
class Kind:
    """One kind of training.

    Attributes:
        objective: what a recipe learns, and its held-out measure.
        prepare: makes the recipe's shards from a folder of files, or from what was given once.
        vocabulary: the tokens, of a kind that learns a decoder; else None.
    """

    objective: Callable[[TrainRecipe], Objective]
    prepare: Callable[[TrainRecipe, Path | None], Splits]
    vocabulary: Callable[[TrainRecipe], Vocabulary] | None = None


def decoder_config(recipe: TrainRecipe) -> DecoderConfig:
    """The decoder that a recipe asks for. Raises WishError if it asks for none, or wrongly."""
    vocabulary = kind_of(recipe).vocabulary
    if vocabulary is None:
        raise WishError(f"the recipe {recipe.name} learns no decoder")
    shape = {"vocab_size": len(vocabulary(recipe)), "max_position_embeddings": 2048}
    try:
        return DecoderConfig(**(shape | recipe.model))
    except (TypeError, ValueError) as error:
        raise WishError(f"the recipe {recipe.name}, section model: {error}") from error


def _decoder(
    vocabulary: Callable[[TrainRecipe], Vocabulary],
    draw: Callable[[TrainRecipe], Draw],
    objective: type[NextTokenObjective],
    prepare: Callable[[TrainRecipe, Path | None], Splits],
) -> Kind:
    """A kind that learns a decoder from shards of tokens, whose pieces are shown by `draw`."""

    def made(recipe: TrainRecipe) -> Objective:
        return objective(
            decoder_config(recipe), Path(recipe.data.shards), draw(recipe), rows=recipe.rows,
            length=recipe.length, seed=recipe.seed, dropout=recipe.dropout,
        )  # fmt: skip

    return Kind(made, prepare, vocabulary)


def _pieces(recipe: TrainRecipe) -> TextPieces:
    return load_pieces(tokenizer_path(recipe.data.tokenizer))


def _melody(recipe: TrainRecipe) -> Draw:
    return melody_draw(recipe.data.drop_condition)


def _prepare_scores(recipe: TrainRecipe, folder: Path | None) -> Splits:
    return prepare_scores(recipe.data.sources, folder, Path(recipe.data.shards))["splits"]


def _prepare_frames(recipe: TrainRecipe, folder: Path | None) -> Splits:
    return prepare_frames(recipe.data.sources, folder, Path(recipe.data.shards))


def _prepare_characters(recipe: TrainRecipe, folder: Path | None) -> Splits:
    if folder is None:
        raise WishError(f"{recipe.name} needs its files: say --from FOLDER")
    # A run that is tuned on the texts of another's shards is not named like them.
    shards = Path(recipe.data.shards)
    return prepare_characters(shards.name, folder, shards)


def _prepare_english(recipe: TrainRecipe, folder: Path | None) -> Splits:
    shelf = TOKENIZERS / recipe.data.tokenizer
    return prepare_english(folder, Path(recipe.data.shards), shelf)["splits"]


def _prepare_chinese(recipe: TrainRecipe, folder: Path | None) -> Splits:
    if folder is None:
        raise WishError("chinese needs the dist folder of npm's chinese-poetry: say --from FOLDER")
    shelf = TOKENIZERS / recipe.data.tokenizer
    return prepare_chinese(folder, Path(recipe.data.shards), shelf)["splits"]


def _prepare_pictures(recipe: TrainRecipe, folder: Path | None) -> Splits:
    return prepare_digits(recipe.data.sources, folder, Path(recipe.data.shards))


def _prepare_icons(recipe: TrainRecipe, folder: Path | None) -> Splits:
    return prepare_icons(recipe.data.sources, folder, Path(recipe.data.shards))


_TUNES = _decoder(
    lambda recipe: melody_vocabulary(), _melody, NextTokenObjective, _prepare_scores
)  # fmt: skip

KINDS = {
    "melody": _TUNES,
    "chorale": _TUNES,
    "blend": Kind(LatentObjective, _prepare_scores),
    "frames": _decoder(
        lambda recipe: frame_vocabulary(),
        lambda recipe: frame_draw(recipe.name),
        FramesObjective,
        _prepare_frames,
    ),
    "characters": _decoder(
        lambda recipe: load_characters(Path(recipe.data.shards) / VOCABULARY).vocabulary,
        lambda recipe: text_draw,
        CharactersObjective,
        _prepare_characters,
    ),
    "verse-zh": _decoder(
        lambda recipe: _pieces(recipe).vocabulary,
        lambda recipe: ChineseDraw(Path(recipe.data.shards), _pieces(recipe)),
        VerseObjective,
        _prepare_chinese,
    ),
    "verse-en": _decoder(
        lambda recipe: _pieces(recipe).vocabulary,
        lambda recipe: EnglishDraw(load_english(tokenizer_path(recipe.data.tokenizer))),
        EnglishVerseObjective,
        _prepare_english,
    ),
    "digits-flow": Kind(PictureFlowObjective, _prepare_pictures),
    "digits-vae": Kind(PictureVaeObjective, _prepare_pictures),
    "digits-gan": Kind(AdversarialObjective, _prepare_pictures),
    "digits-codes": Kind(MosaicObjective, _prepare_pictures),
    "icons": Kind(IconObjective, _prepare_icons),
    "digits-tokens": _decoder(
        lambda recipe: mosaic_vocabulary(),
        lambda recipe: lambda piece, most, rng: piece[:most].tolist(),
        MosaicTokensObjective,
        prepare_mosaics,
    ),
    "acoustic": Kind(AcousticObjective, prepare_voice),
    "voice-gan": Kind(VoiceGanObjective, prepare_voice),
    "voice-flow": Kind(VoiceFlowObjective, prepare_voice),
}
"""By the recipe's `kind`."""


def kind_of(recipe: TrainRecipe) -> Kind:
    """The kind of a recipe. Raises WishError for an unknown one."""
    if recipe.kind not in KINDS:
        raise WishError(f"the recipe {recipe.name}: kind is one of {', '.join(KINDS)}")
    return KINDS[recipe.kind]
