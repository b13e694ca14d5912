"""Bundles: a folder that holds a trained network, its tokens, its settings and its model card.

A bundle of a decoder is also a Hugging Face model folder: `transformers` loads it as it is.

    config.json            Hugging Face's keys, and "muse": kind, version, tokenizer, checksum
    model.safetensors      weights, in half precision to halve the download
    tokenizer/vocab.json   the names of the tokens
    generation_config.json default sampling
    README.md              model card

Kinds come from the table `KINDS`: no class path, no pickle and no code is read from a file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.base import Vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.works.base import WishError, write_atomically

KINDS = ("melody", "chorale")
"""What a bundle can be."""

LARGEST_WEIGHTS_BYTES = 2_000_000_000


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
    """

    name: str
    folder: Path
    kind: str
    version: str
    model: Decoder
    about: dict[str, Any]
    sampling: dict[str, Any]


def vocabulary_of(kind: str) -> Vocabulary:
    """The tokens of a kind of bundle."""
    return {"melody": melody_vocabulary, "chorale": melody_vocabulary}[kind]()


def save_bundle(
    folder: Path,
    *,
    kind: str,
    config: DecoderConfig,
    weights: dict[str, Tensor],
    about: dict[str, Any],
    sampling: dict[str, Any],
    card: str,
) -> None:
    """Write a bundle. `about` needs "version" and "licence" and tells of data and figures."""
    vocabulary = vocabulary_of(kind)
    if config.tie_word_embeddings:
        weights = {name: tensor for name, tensor in weights.items() if name != "lm_head.weight"}
    half = {name: tensor.half().contiguous() for name, tensor in weights.items()}
    data = save(half, {"format": "pt"})
    ends = {"bos_token_id": vocabulary["BOS"], "eos_token_id": vocabulary["EOS"]}
    keys = config.to_huggingface() | ends | {"pad_token_id": vocabulary["PAD"]}
    keys["muse"] = {"kind": kind, **about, "sha256": hashlib.sha256(data).hexdigest()}
    write_atomically(folder / "model.safetensors", data)
    _write_json(folder / "config.json", keys)
    _write_json(folder / "generation_config.json", ends | sampling)
    _write_json(folder / "tokenizer" / "vocab.json", list(vocabulary.names))
    _write_json(folder / "tokenizer" / "tokenizer.json", word_level(vocabulary))
    write_atomically(folder / "README.md", card.encode())


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
        raise WishError(f"{folder / 'config.json'}: no bundle of Muse; kinds are {KINDS}")
    try:
        config = DecoderConfig.from_huggingface(keys)
    except (ValueError, TypeError) as error:
        raise WishError(f"{folder / 'config.json'}: {error}") from error
    names = _read_json(folder / "tokenizer" / "vocab.json", list)
    if tuple(names) != vocabulary_of(about["kind"]).names:
        raise WishError(f"{folder}: its tokens are of another version of Muse; update one of them")
    if config.vocab_size != len(names):
        raise WishError(f"{folder / 'config.json'}: vocab_size is not the number of tokens")
    with torch.device("meta"):
        model = Decoder(config)
    model.load_state_dict(_read_weights(folder, config, model, about), assign=True)
    if config.tie_word_embeddings:
        model.lm_head.weight = model.model.embed_tokens.weight
    model.requires_grad_(False)
    return Bundle(
        name or folder.name, folder, about["kind"], str(about.get("version", "0")), model.eval(),
        about, _read_json(folder / "generation_config.json", dict),
    )  # fmt: skip


def _read_weights(
    folder: Path, config: DecoderConfig, model: Decoder, about: dict[str, Any]
) -> dict[str, Tensor]:
    path = folder / "model.safetensors"
    try:
        if path.stat().st_size > LARGEST_WEIGHTS_BYTES:
            raise WishError(f"{path} is too large to be a bundle of Muse")
        data = path.read_bytes()
    except OSError as error:
        raise WishError(f"cannot read {path}: {error.strerror}") from error
    if "sha256" in about and hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise WishError(f"{path} is damaged or was changed: its checksum is not the recorded one")
    try:
        weights = {name: tensor.float() for name, tensor in load(data).items()}
    except (SafetensorError, ValueError, KeyError) as error:
        raise WishError(f"{path}: {error}") from error
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights.get("model.embed_tokens.weight", torch.zeros(0))
    for name, wanted in model.state_dict().items():
        if name not in weights or weights[name].shape != wanted.shape:
            raise WishError(f"{path}: tensor {name} is missing or not {tuple(wanted.shape)}")
    return {name: weights[name] for name in model.state_dict()}


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
