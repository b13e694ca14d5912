"""Bundles: a folder that holds a trained network, its tokens, its settings and its model card.

A bundle of a decoder is also a Hugging Face model folder: `transformers` loads it as it is.

    config.json            Hugging Face's keys, and "muse": kind, version, tokenizer, checksum
    model.safetensors      weights, in half precision to halve the download
    tokenizer/vocab.json   the names of the tokens
    generation_config.json default sampling
    README.md              model card

A bundle that writes text (verse, scripts) brings its SentencePiece model too,
`tokenizer/pieces.model`, and what belongs to it. A bundle of kind "language" is a language model that was trained elsewhere (`muse import-model`); it
brings its own `tokenizer/tokenizer.json` instead of `vocab.json`.

Kinds come from the table `KINDS`: no class path, no pickle and no code is read from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muse.bundle_files import read_json, read_weights, write_json, write_weights
from muse.engine.choose import engine_for
from muse.models.decoder_config import DecoderConfig, weight_shapes
from muse.sampling.base import NextToken
from muse.tokens.base import Vocabulary
from muse.tokens.english import EnglishPieces, load_english
from muse.tokens.language import LanguageTokenizer, load_language_tokenizer
from muse.tokens.melody import melody_vocabulary
from muse.tokens.mosaic import mosaic_vocabulary
from muse.tokens.text import TextPieces, load_pieces
from muse.works.base import WishError, write_atomically

if TYPE_CHECKING:
    from torch import Tensor

    from muse.models.decoder import Decoder

TEXT_KINDS = ("verse-zh", "verse-en", "script-en")
"""Kinds whose tokens are SentencePiece's."""

KINDS = ("melody", "chorale", "digits-tokens", *TEXT_KINDS, "language")
"""What a bundle can be."""

Pieces = TextPieces | EnglishPieces


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes:
        name: what it was asked for by.
        folder: where it lies.
        kind: one of `KINDS`.
        version: of the weights, counted up with every release.
        model: the engine that runs the network, ready to draw from.
        about: the "muse" section of its config: data, licences, figures.
        sampling: default settings of the sampler.
        tokenizer: of a language model; None for kinds whose tokens are Muse's own.
        pieces: of a kind that writes text, else None.
    """

    name: str
    folder: Path
    kind: str
    version: str
    model: NextToken
    about: dict[str, Any]
    sampling: dict[str, Any]
    tokenizer: LanguageTokenizer | None = None
    pieces: Pieces | None = None

    def network(self) -> Decoder:
        """The network in torch, to measure it, to learn on or to compare with; fp32, evaluation mode.

        Raises:
            WishError: if another engine draws from it, and the folder cannot be read again.
        """
        from muse.engine.torch_engine import TorchEngine, decoder_of

        if isinstance(self.model, TorchEngine):
            return self.model.decoder
        keys = read_json(self.folder / "config.json", dict)
        config = _config(self.folder, keys)
        return decoder_of(config, _weights(self.folder, config, self.about))


def vocabulary_of(kind: str) -> Vocabulary:
    """The tokens of a kind of bundle whose tokens are written down in Muse."""
    known = {
        "melody": melody_vocabulary, "chorale": melody_vocabulary, "digits-tokens": mosaic_vocabulary,
    }  # fmt: skip
    return known[kind]()


def pieces_of(kind: str, path: Path) -> Pieces:
    """The pieces of a kind that writes text, from its file `pieces.model`. Raises WishError."""
    return load_pieces(path) if kind == "verse-zh" else load_english(path)


def save_bundle(
    folder: Path,
    *,
    kind: str,
    config: DecoderConfig,
    weights: Mapping[str, Tensor],
    about: dict[str, Any],
    sampling: dict[str, Any],
    card: str,
    tokenizer: LanguageTokenizer | None = None,
    pieces: Path | None = None,
) -> None:
    """Write a bundle.

    Args:
        folder: where to.
        kind: one of `KINDS`.
        config, weights: of the decoder.
        about: needs "version" and "licence"; tells of data, origin and figures.
        sampling: defaults of the sampler; of a language model also its BOS, EOS and PAD ids.
        card: the text of README.md.
        tokenizer: of a language model.
        pieces: the file `pieces.model` of a kind that writes text; it and the lists of words
            beside it are copied.

    Raises:
        WishError: if the folder cannot be written.
    """
    if config.tie_word_embeddings:
        weights = {name: tensor for name, tensor in weights.items() if name != "lm_head.weight"}
    half = {name: tensor.detach().half().contiguous().numpy() for name, tensor in weights.items()}
    keys = config.to_huggingface()
    if tokenizer is None:
        vocabulary = pieces_of(kind, pieces).vocabulary if pieces else vocabulary_of(kind)
        for file in [pieces, *pieces.parent.glob("*.txt")] if pieces else []:
            write_atomically(folder / "tokenizer" / file.name, file.read_bytes())
        sampling = {
            "bos_token_id": vocabulary["BOS"], "eos_token_id": vocabulary["EOS"],
        } | sampling  # fmt: skip
        keys["pad_token_id"] = vocabulary["PAD"]
        write_json(folder / "tokenizer" / "vocab.json", list(vocabulary.names))
        write_json(folder / "tokenizer" / "tokenizer.json", word_level(vocabulary))
    else:
        write_atomically(folder / "tokenizer" / "tokenizer.json", tokenizer.source.encode())
    keys |= {name: value for name, value in sampling.items() if name.endswith("_token_id")}
    checksum = write_weights(folder / "model.safetensors", half)
    keys["muse"] = {"kind": kind, **about, "sha256": checksum}
    write_json(folder / "config.json", keys)
    write_json(folder / "generation_config.json", sampling)
    write_atomically(folder / "README.md", card.encode())


def word_level(vocabulary: Vocabulary) -> dict[str, Any]:
    """A Hugging Face `tokenizer.json` that reads token names parted by spaces."""
    return {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {
            "type": "WordLevel",
            "vocab": {name: place for place, name in enumerate(vocabulary.names)},
            "unk_token": "PAD",
        },
    }


def load_bundle(
    folder: Path, name: str = "", engine: str = "auto", precision: str | None = None
) -> Bundle:
    """Read a bundle. Torch is imported only if its engine is chosen.

    Args:
        folder: where it lies.
        name: what it was asked for by; empty for the folder's.
        engine: which one draws from it: see `muse/engine/choose.py`.
        precision: of the engine's weights; None takes the engine's usual one.

    Raises:
        WishError: if a file is missing or malformed, the kind is unknown, the weights do not have
            the recorded checksum, or they do not fit the config. The message names the file.
    """
    keys = read_json(folder / "config.json", dict)
    about = keys.get("muse")
    if not isinstance(about, dict) or about.get("kind") not in KINDS:
        raise WishError(
            f"{folder / 'config.json'}: no bundle of Muse; kinds are {KINDS}; "
            "models of others become one with: muse import-model"
        )
    config = _config(folder, keys)
    tokenizer, pieces = _read_tokens(folder, about["kind"], config)
    model = engine_for(config, _weights(folder, config, about), engine, precision)
    return Bundle(
        name or folder.name, folder, about["kind"], str(about.get("version", "0")), model,
        about, read_json(folder / "generation_config.json", dict), tokenizer, pieces,
    )  # fmt: skip


def _read_tokens(
    folder: Path, kind: str, config: DecoderConfig
) -> tuple[LanguageTokenizer | None, Pieces | None]:
    """The tokenizer of a language model, or the pieces of a kind that writes text.

    Raises:
        WishError: if the tokens are not those of this Muse, or not as many as the network has.
    """
    if kind == "language":
        path = folder / "tokenizer" / "tokenizer.json"
        return load_language_tokenizer(path, config.vocab_size), None
    names = read_json(folder / "tokenizer" / "vocab.json", list)
    pieces: Pieces | None = None
    if kind in TEXT_KINDS:
        pieces = pieces_of(kind, folder / "tokenizer" / "pieces.model")
    known = pieces.vocabulary if pieces else vocabulary_of(kind)
    if tuple(names) != known.names:
        raise WishError(f"{folder}: its tokens are of another version of Muse; update one of them")
    if config.vocab_size != len(names):
        raise WishError(f"{folder / 'config.json'}: vocab_size is not the number of tokens")
    return None, pieces


def _config(folder: Path, keys: dict[str, Any]) -> DecoderConfig:
    """The network's shape. Raises WishError if the decoder has no such network."""
    try:
        return DecoderConfig.from_huggingface(keys)
    except (ValueError, TypeError) as error:
        raise WishError(f"{folder / 'config.json'}: {error}") from error


def _weights(
    folder: Path, config: DecoderConfig, about: Mapping[str, Any]
) -> dict[str, NDArray[np.float32]]:
    """The weights of a bundle; a tied output head is the array of the embedding. Raises WishError."""
    shapes = weight_shapes(config)
    if config.tie_word_embeddings:
        del shapes["lm_head.weight"]
    weights = read_weights(folder / "model.safetensors", shapes, about.get("sha256"))
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return weights
