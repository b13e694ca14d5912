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

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from muse.models.decoder import Decoder, DecoderConfig, weight_shapes
from muse.tokens.base import Vocabulary
from muse.tokens.english import EnglishPieces, load_english
from muse.tokens.language import LanguageTokenizer, load_language_tokenizer
from muse.tokens.melody import melody_vocabulary
from muse.tokens.text import TextPieces, load_pieces
from muse.works.base import WishError, usual_mode, write_atomically

TEXT_KINDS = ("verse-zh", "verse-en", "script-en")
"""Kinds whose tokens are SentencePiece's."""

KINDS = ("melody", "chorale", *TEXT_KINDS, "language")
"""What a bundle can be."""

Pieces = TextPieces | EnglishPieces

LARGEST_WEIGHTS_BYTES = 20_000_000_000


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes:
        name: what it was asked for by.
        folder: where it lies.
        kind: one of `KINDS`.
        version: of the weights, counted up with every release.
        model: the network, ready to draw from.
        about: the "muse" section of its config: data, licences, figures.
        sampling: default settings of the sampler.
        tokenizer: of a language model; None for kinds whose tokens are Muse's own.
        pieces: of a kind that writes text, else None.
    """

    name: str
    folder: Path
    kind: str
    version: str
    model: Decoder
    about: dict[str, Any]
    sampling: dict[str, Any]
    tokenizer: LanguageTokenizer | None = None
    pieces: Pieces | None = None


def vocabulary_of(kind: str) -> Vocabulary:
    """The tokens of a kind of bundle whose tokens are written down in Muse."""
    return {"melody": melody_vocabulary, "chorale": melody_vocabulary}[kind]()


def pieces_of(kind: str, path: Path) -> Pieces:
    """The pieces of a kind that writes text, from its file `pieces.model`. Raises WishError."""
    return load_pieces(path) if kind == "verse-zh" else load_english(path)


def save_bundle(
    folder: Path,
    *,
    kind: str,
    config: DecoderConfig,
    weights: dict[str, Tensor],
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
    half = {name: tensor.half().contiguous() for name, tensor in weights.items()}
    keys = config.to_huggingface()
    if tokenizer is None:
        vocabulary = pieces_of(kind, pieces).vocabulary if pieces else vocabulary_of(kind)
        for file in [pieces, *pieces.parent.glob("*.txt")] if pieces else []:
            write_atomically(folder / "tokenizer" / file.name, file.read_bytes())
        sampling = {
            "bos_token_id": vocabulary["BOS"], "eos_token_id": vocabulary["EOS"],
        } | sampling  # fmt: skip
        keys["pad_token_id"] = vocabulary["PAD"]
        _write_json(folder / "tokenizer" / "vocab.json", list(vocabulary.names))
        _write_json(folder / "tokenizer" / "tokenizer.json", word_level(vocabulary))
    else:
        write_atomically(folder / "tokenizer" / "tokenizer.json", tokenizer.source.encode())
    keys |= {name: value for name, value in sampling.items() if name.endswith("_token_id")}
    checksum = _write_weights(folder / "model.safetensors", half)
    keys["muse"] = {"kind": kind, **about, "sha256": checksum}
    _write_json(folder / "config.json", keys)
    _write_json(folder / "generation_config.json", sampling)
    write_atomically(folder / "README.md", card.encode())


def _write_weights(path: Path, weights: dict[str, Tensor]) -> str:
    """Write weights under a temporary name, then rename the file; returns its checksum.

    They may be larger than what memory holds twice, so they are never one piece of bytes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
            written = Path(beside) / path.name
            save_file(weights, written, {"format": "pt"})
            checksum = file_checksum(written)
            os.chmod(written, usual_mode())
            os.replace(written, path)
    except (OSError, SafetensorError) as error:
        raise WishError(f"cannot write {path}: {error}") from error
    return checksum


def file_checksum(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _write_json(path: Path, value: Any) -> None:
    write_atomically(path, json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n")


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


def load_bundle(folder: Path, name: str = "") -> Bundle:
    """Read a bundle.

    Raises:
        WishError: if a file is missing or malformed, the kind is unknown, the weights do not have
            the recorded checksum, or they do not fit the config. The message names the file.
    """
    keys = _read_json(folder / "config.json", dict)
    about = keys.get("muse")
    if not isinstance(about, dict) or about.get("kind") not in KINDS:
        raise WishError(
            f"{folder / 'config.json'}: no bundle of Muse; kinds are {KINDS}; "
            "models of others become one with: muse import-model"
        )
    try:
        config = DecoderConfig.from_huggingface(keys)
    except (ValueError, TypeError) as error:
        raise WishError(f"{folder / 'config.json'}: {error}") from error
    tokenizer, pieces = _read_tokens(folder, about["kind"], config)
    with torch.device("meta"):
        model = Decoder(config)
    model.load_state_dict(_read_weights(folder, config, about), assign=True)
    if config.tie_word_embeddings:
        model.lm_head.weight = model.model.embed_tokens.weight
    model.requires_grad_(False)
    return Bundle(
        name or folder.name, folder, about["kind"], str(about.get("version", "0")), model.eval(),
        about, _read_json(folder / "generation_config.json", dict), tokenizer, pieces,
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
    names = _read_json(folder / "tokenizer" / "vocab.json", list)
    pieces: Pieces | None = None
    if kind in TEXT_KINDS:
        pieces = pieces_of(kind, folder / "tokenizer" / "pieces.model")
    known = pieces.vocabulary if pieces else vocabulary_of(kind)
    if tuple(names) != known.names:
        raise WishError(f"{folder}: its tokens are of another version of Muse; update one of them")
    if config.vocab_size != len(names):
        raise WishError(f"{folder / 'config.json'}: vocab_size is not the number of tokens")
    return None, pieces


def _read_weights(folder: Path, config: DecoderConfig, about: dict[str, Any]) -> dict[str, Tensor]:
    path = folder / "model.safetensors"
    try:
        if path.stat().st_size > LARGEST_WEIGHTS_BYTES:
            raise WishError(f"{path} is too large to be a bundle of Muse")
        checksum = file_checksum(path)
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror}") from error
    if about.get("sha256", checksum) != checksum:
        raise WishError(f"{path} is damaged or was changed: its checksum is not the recorded one")
    weights: dict[str, Tensor] = {}
    shapes = weight_shapes(config)
    try:
        with safe_open(path, framework="pt") as file:
            held = set(file.keys())
            for name, shape in shapes.items():
                if name in held and tuple(file.get_slice(name).get_shape()) == tuple(shape):
                    weights[name] = file.get_tensor(name).float()
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise WishError(f"{path}: {error}") from error
    if config.tie_word_embeddings and "model.embed_tokens.weight" in weights:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    for name, shape in shapes.items():
        if name not in weights:
            raise WishError(f"{path}: tensor {name} is missing or not {tuple(shape)}")
    return weights


def _read_json(path: Path, kind: type) -> Any:
    try:
        if path.stat().st_size > 16_000_000:
            raise WishError(f"{path} is too large")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WishError(f"cannot read {path}: {error}") from error
    if not isinstance(found, kind):
        raise WishError(f"{path} is no part of a bundle: it holds no JSON {kind.__name__}")
    return found
