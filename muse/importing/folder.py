"""A Hugging Face model folder: config.json, safetensors, tokenizer.json."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from muse.importing.checkpoint import (
    Checkpoint,
    half_precision,
    plain_text,
    shown,
    token_marks,
)
from muse.models.decoder_config import DecoderConfig, weight_shapes
from muse.tokens.language import LARGEST_TOKENIZER_BYTES
from muse.works.base import WishError, read_whole

LARGEST_TEXT_BYTES = 16_000_000
MOST_FILES = 1000

SAMPLER = {"temperature": (0.0, 10.0), "top_p": (0.0, 1.0), "top_k": (0, 1_000_000)}
"""Settings of generation_config.json that are kept, and within what."""

FLOATS = {"F16", "BF16", "F32", "F64"}
"""Types of tensors that hold weights as they are."""


def open_folder(folder: Path) -> Checkpoint:
    """Read what a folder holds, but for the weights.

    Raises:
        WishError: if a file is missing or malformed, or the network is none that the decoder holds.
    """
    keys = _json(folder / "config.json")
    if "quantization_config" in keys:
        raise WishError(
            f"{folder / 'config.json'}: quantization_config: these weights are quantised; import "
            "the full ones, or a GGUF file"
        )
    try:
        config = DecoderConfig.from_huggingface(keys)
    except ValueError as error:
        raise WishError(f"{folder / 'config.json'}: {error}") from error
    files = _check_tensors(_weight_files(folder), config, folder)

    def read(name: str) -> Tensor:
        path = files[name]
        try:
            with safe_open(path, framework="pt") as file:
                return half_precision(file.get_tensor(name), name, path)
        except (SafetensorError, OSError) as error:
            raise WishError(f"cannot read {path}: {error}") from error

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise WishError(
            f"{folder} has no tokenizer.json; transformers writes it: "
            "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    tokenizer = _text(path, LARGEST_TOKENIZER_BYTES)
    drawing = _optional(folder / "generation_config.json")
    naming = _optional(folder / "tokenizer_config.json")
    marks = token_marks(keys, config.vocab_size) | token_marks(drawing, config.vocab_size)
    for name, (least, most) in SAMPLER.items():
        value: Any = drawing.get(name)
        if type(value) in (int, float) and least < value <= most:
            marks[name] = value
    template = naming.get("chat_template")
    return Checkpoint(
        folder, config, read, tokenizer, marks, _origin(folder, keys),
        template if isinstance(template, str) else None,
    )  # fmt: skip


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors of a folder: one file, or the parts that an index names. Raises WishError."""
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if whole.is_file():
        return [whole]
    if index.is_file():
        parts = _json(index).get("weight_map")
        names = sorted({str(name) for name in parts.values()}) if isinstance(parts, dict) else []
        if not 1 <= len(names) <= MOST_FILES:
            raise WishError(f"{index}: weight_map names no files")
        for name in names:
            # A name with a folder in it could lead anywhere.
            if not re.fullmatch(r"[\w-][\w.-]*\.safetensors", name):
                raise WishError(f"{index}: {shown(name)} is no name of a safetensors file")
        return [folder / name for name in names]
    pickles = sorted(path.name for path in folder.glob("*.bin"))
    if pickles:
        raise WishError(
            f"{folder} holds its weights as pickle ({shown(pickles[0])}), which can run any code; "
            "Muse reads safetensors only: save the model again with transformers' save_pretrained"
        )
    raise WishError(f"{folder} has no model.safetensors")


def _check_tensors(paths: list[Path], config: DecoderConfig, folder: Path) -> dict[str, Path]:
    """The file of each tensor that the decoder needs. Raises WishError if one is not as it must be."""
    shapes, files = weight_shapes(config), dict[str, Path]()
    if config.tie_word_embeddings:
        del shapes["lm_head.weight"]
    for path in paths:
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118 (it is no dict)
                    if name.endswith(".rotary_emb.inv_freq") or (
                        config.tie_word_embeddings and name == "lm_head.weight"
                    ):
                        continue
                    part = file.get_slice(name)
                    if name not in shapes:
                        raise WishError(f"{path}: tensor {shown(name)} has no place in the decoder")
                    if tuple(part.get_shape()) != tuple(shapes[name]):
                        raise WishError(f"{path}: tensor {name} is not {tuple(shapes[name])}")
                    if part.get_dtype() not in FLOATS:
                        raise WishError(
                            f"{path}: tensor {name} is of type {shown(part.get_dtype())}; Muse "
                            f"takes {', '.join(sorted(FLOATS))}"
                        )
                    files[name] = path
        except (SafetensorError, OSError) as error:
            raise WishError(f"cannot read {path}: {error}") from error
    for name in shapes:
        if name not in files:
            raise WishError(f"{folder}: tensor {name} is missing")
    return files


def _origin(folder: Path, keys: dict[str, Any]) -> dict[str, str]:
    """What the folder says of itself: its model card's licence, and the name in its config."""
    found = {"format": "Hugging Face folder", "file": plain_text(folder.resolve().name)}
    if isinstance(keys.get("_name_or_path"), str) and keys["_name_or_path"]:
        found["name"] = plain_text(keys["_name_or_path"])
    card = folder / "README.md"
    if card.is_file():
        head = re.match(r"---\s*\n(.*?)\n---", _text(card, LARGEST_TEXT_BYTES)[:20_000], re.DOTALL)
        for line in head[1].splitlines() if head else []:
            entry = re.fullmatch(r"(license|license_name|license_link|base_model):\s*(\S.*)", line)
            if entry:
                found[entry[1].replace("license", "licence")] = plain_text(entry[2].strip("\"' "))
    return found


def _optional(path: Path) -> dict[str, Any]:
    return _json(path) if path.is_file() else {}


def _json(path: Path) -> dict[str, Any]:
    text = _text(path, LARGEST_TEXT_BYTES)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WishError(f"{path} is no JSON: {shown(error)}") from error
    if not isinstance(found, dict):
        raise WishError(f"{path} holds no table")
    return found


def _text(path: Path, most: int) -> str:
    try:
        return read_whole(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise WishError(f"{path} is no text in UTF-8") from error
