"""How well English verse is learned: held-out poems forward and backward, in bits a character."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from muse.data.english_draw import EnglishDraw
from muse.data.loader import Draw
from muse.data.shards import Shard
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.english import EnglishPieces
from muse.tokens.english_scene_reading import read_scene, scene_of
from muse.tokens.english_verse import flatten_verse, read_verse, verse_of
from muse.train.objectives import NextTokenObjective

MOST_THEMES = 2
HELD_OUT_SCENES = 16


@dataclass(frozen=True)
class HeldOutPiece:
    """A piece that is measured.

    Attributes:
        ids: as it is shown, without holes, (T,).
        counted: whether a token is of the body, (T,): not the header's.
        text: whether a token is text, not a label or another tag, (T,).
        characters: of the text, a line break counted as one.
        order: "forward", "backward" or "scene".
    """

    ids: np.ndarray
    counted: np.ndarray
    text: np.ndarray
    characters: int
    order: str


def held_out_pieces(
    shard: Shard, pieces: EnglishPieces, poems: int, most: int
) -> Iterator[HeldOutPiece]:
    """Poems forward and backward, then scenes, spread over the shard, whole if they fit.

    A poem is shown with its author, title, metre and labels, and its first themes. What does not
    fit into `most` tokens is left out.
    """
    scene = pieces["Form_scene"]
    fitting = [n for n, piece in enumerate(shard) if len(piece) <= most]
    plays = [n for n in fitting if scene in shard[n][1:2]]
    verse = [n for n in fitting if scene not in shard[n][1:2]]
    for place in _spread(verse, poems):
        found = read_verse(shard[place].tolist(), pieces)
        found.themes = found.themes[:MOST_THEMES]
        poem = verse_of(found, pieces)
        characters = sum(len(line.text) + 1 for stanza in poem.stanzas for line in stanza)
        for order in ("forward", "backward"):
            ids = flatten_verse(found, pieces, backward=order == "backward")
            yield _measured(ids, pieces, characters, order)
    for place in _spread(plays, HELD_OUT_SCENES):
        ids = shard[place].tolist()
        speeches = scene_of(read_scene(ids, pieces), pieces).speeches
        characters = sum(len(line) + 1 for speech in speeches for line in speech.lines)
        yield _measured(ids, pieces, characters, "scene")


def _spread(places: list[int], count: int) -> list[int]:
    """At most `count` of the places, evenly."""
    if not places:
        return []
    chosen = np.linspace(0, len(places) - 1, min(count, len(places))).astype(int)
    return [places[each] for each in chosen]


def _measured(ids: list[int], pieces: EnglishPieces, characters: int, order: str) -> HeldOutPiece:
    found = np.asarray(ids, np.int64)
    body = int(np.flatnonzero(found == pieces["Body"])[0])
    counted = np.arange(len(found)) > body
    return HeldOutPiece(found, counted, counted & ~pieces.is_tag[found], characters, order)


class EnglishVerseObjective(NextTokenObjective):
    """Next tokens of English verse and scenes.

    The arguments are those of `NextTokenObjective`; the draw knows the tokens.
    """

    def __init__(self, config: DecoderConfig, shards: Path, draw: Draw, **settings: Any) -> None:
        super().__init__(config, shards, draw, **settings)
        if not isinstance(draw, EnglishDraw):
            raise TypeError("English verse is shown by EnglishDraw")
        self.measured = list(
            held_out_pieces(self.valid_shard, draw.pieces, self.held_out_pieces, self.length)
        )

    def held_out(self, model: nn.Module) -> dict[str, float]:
        """Of held-out pieces without holes, headers not counted.

        `nats/token` over all tokens of poems in both orders; bits a character of poems in each
        order and of scenes, all tokens of the body counted (labels, countdowns, EOS too); and of
        poems over the tokens of their text alone, given the labels.
        """
        assert isinstance(model, Decoder)
        nats = dict.fromkeys(("forward", "backward", "scene", "forward text", "backward text"), 0.0)
        tokens, characters = 0, dict.fromkeys(("forward", "backward", "scene"), 0)
        for piece in self.measured:
            losses = model.token_losses(torch.from_numpy(piece.ids)[None])[0].double().numpy()
            nats[piece.order] += float(losses[piece.counted[1:]].sum())
            characters[piece.order] += piece.characters
            if piece.order != "scene":
                nats[f"{piece.order} text"] += float(losses[piece.text[1:]].sum())
                tokens += int(piece.counted[1:].sum())
        found = {"nats/token": (nats["forward"] + nats["backward"]) / max(tokens, 1)}
        for name, value in nats.items():
            count = characters[name.removesuffix(" text")]
            if count:
                found[f"bits/char {name}"] = value / math.log(2) / count
        return found
