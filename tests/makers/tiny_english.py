"""A tiny untrained bundle that writes English, and a script to work on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from muse.bundle import Bundle, save_bundle
from muse.engine.torch_engine import TorchEngine
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.english import load_english
from muse.works.script import Direction, SceneHeading, Script, Speech, Transition

PIECES = Path(__file__).parents[2] / "tokenizers" / "english" / "pieces.model"


def _network(size: int) -> Decoder:
    """An untrained decoder with some random opinions."""
    config = DecoderConfig(
        vocab_size=size, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    torch.manual_seed(4)
    model = Decoder(config)
    with torch.no_grad():
        model.model.embed_tokens.weight.mul_(12)
    return model.requires_grad_(False).eval()


@cache
def english_bundle(kind: str = "script-en", stories: bool = False) -> Bundle:
    """An untrained bundle, in memory."""
    pieces = load_english(PIECES)
    about = {"licence": "public domain", "stories": stories}
    return Bundle(
        "tiny", Path("."), kind, "3", TorchEngine(_network(len(pieces))), about, {}, pieces=pieces
    )  # fmt: skip


def saved_bundle(folder: Path, kind: str = "script-en") -> Path:
    """The same bundle in a folder."""
    bundle = english_bundle()
    network = bundle.network()
    save_bundle(
        folder, kind=kind, config=network.config, weights=network.state_dict(),
        about={"version": "3", "licence": "public domain"}, sampling={}, card="# tiny\n",
        pieces=PIECES,
    )  # fmt: skip
    return folder


def storm() -> Script:
    """A scene by people: headings, directions, verse and prose, a dual speech, a strange word."""
    return Script(
        (
            SceneHeading("EXT. THE DECK - NIGHT"),
            Direction("A storm. Enter ANNA and the BOATSWAIN."),
            Speech("ANNA", ("The mast is gone! Pierre, hold fast.",), parenthetical="shouting"),
            Speech(
                "PIERRE",
                (
                    "Blow, winds, and crack your *cheeks*;",
                    "(to ANNA)",
                    "We are the wrothgar’s own.",
                ),
                True,
            ),
            Speech("BOATSWAIN", ("Below, the pair of you.", "(aside)", "Fools."), extension="O.S."),
            Direction("Exit BOATSWAIN."),
            Speech("ANNA", ("He goes.",), dual=True),
            Speech("PIERRE", ("Let him.",)),
            Transition("CUT TO:"),
        ),
        setting="A ship at sea",
        title="The Storm",
    )
