"""A checkpoint of others becomes a bundle of kind "language" on your own shelf."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor

from muse.bundle import save_bundle
from muse.bundle_files import file_checksum
from muse.hub import bundle_folders, home
from muse.importing.checkpoint import Checkpoint
from muse.importing.folder import open_folder
from muse.importing.gguf_checkpoint import open_gguf_checkpoint
from muse.models.decoder_config import weight_shapes
from muse.tokens.language import LanguageTokenizer
from muse.works.base import WishError, write_atomically

SAMPLING = {"do_sample": True, "temperature": 0.8, "top_p": 0.95}
"""Where the checkpoint states no settings of its own."""

UNSTATED = "not stated in the file"


def import_model(path: Path, name: str | None = None) -> Path:
    """Write the bundle of a GGUF file or a Hugging Face folder; returns the bundle's folder.

    Args:
        path: the file or folder.
        name: of the bundle; None takes the file's.

    Raises:
        WishError: if the checkpoint cannot be read or the decoder does not hold its network, the
            name is taken, or the bundle cannot be written. Nothing is left behind then.
    """
    name = name or re.sub(r"[^\w.-]+", "-", path.resolve().name.removesuffix(".gguf")).strip("-.")
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise WishError(f"--name {name!r}: a bundle's name is letters, digits, - _ and .")
    if name in bundle_folders() or (home() / name).exists():
        raise WishError(f"there is a bundle named {name} already; choose another with --name")
    checkpoint = open_checkpoint(path)
    tokenizer = LanguageTokenizer(
        checkpoint.tokenizer, checkpoint.config.vocab_size, f"{path}: its tokenizer"
    )
    try:
        home().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home(), prefix=f".{name}.") as beside:
            # Written beside it first, so that the bundle appears whole or not at all.
            written = Path(beside) / "bundle"
            _write(written, checkpoint, tokenizer, name)
            written.replace(home() / name)
    except OSError as error:
        raise WishError(f"cannot write {home() / name}: {error.strerror or error}") from error
    return home() / name


def open_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint but for its weights. Raises WishError."""
    if path.is_dir():
        return open_folder(path)
    if path.suffix in (".bin", ".pt", ".pth", ".ckpt", ".pkl"):
        raise WishError(
            f"{path} is a pickle, which can run any code; Muse reads GGUF files and Hugging Face "
            "folders with safetensors"
        )
    if path.suffix == ".safetensors":
        raise WishError(f"{path} holds weights alone; give the folder with its config.json")
    return open_gguf_checkpoint(path)


def _write(folder: Path, checkpoint: Checkpoint, tokenizer: LanguageTokenizer, name: str) -> None:
    names = weight_shapes(checkpoint.config)
    if checkpoint.config.tie_word_embeddings:
        del names["lm_head.weight"]
    weights: dict[str, Tensor] = {each: checkpoint.read(each) for each in names}
    origin = dict(checkpoint.origin)
    if checkpoint.path.is_file():
        origin["sha256"] = file_checksum(checkpoint.path)
    about = {
        "version": "1", "tokenizer": "tokenizer.json", "data": [],
        "licence": origin.get("licence_name") or origin.get("licence", UNSTATED), "origin": origin,
    }  # fmt: skip
    count = sum(tensor.numel() for tensor in weights.values())
    save_bundle(
        folder, kind="language", config=checkpoint.config, weights=weights, about=about,
        sampling=SAMPLING | dict(checkpoint.marks), card=model_card(name, checkpoint, about, count),
        tokenizer=tokenizer,
    )  # fmt: skip
    naming = tokenizer_config(checkpoint, tokenizer)
    write_atomically(
        folder / "tokenizer" / "tokenizer_config.json",
        json.dumps(naming, indent=1, ensure_ascii=False).encode() + b"\n",
    )


def tokenizer_config(checkpoint: Checkpoint, tokenizer: LanguageTokenizer) -> dict[str, Any]:
    """What `transformers` wants to know beside a `tokenizer.json`; Muse itself does not read it."""
    found: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast"}
    for mark, id in checkpoint.marks.items():
        if mark.endswith("_token_id"):
            first = id[0] if isinstance(id, list) else id
            found[mark.removesuffix("_id")] = tokenizer.vocabulary.names[first]
    if checkpoint.chat_template is not None:
        found["chat_template"] = checkpoint.chat_template
    return found


def model_card(name: str, checkpoint: Checkpoint, about: dict[str, Any], count: int) -> str:
    """The bundle's README.md: whose work it is, under which licence, and what was changed."""
    config, licence = checkpoint.config, about["licence"]
    tag = licence.lower() if re.fullmatch(r"[\w.+-]+", licence) else "other"
    told = {"licence": licence, **about["origin"]}
    rows = [
        f"| {what.replace('_', ' ')} | `{text.replace('|', '/')}` |" for what, text in told.items()
    ]
    caution = (
        "The file states no licence. Ask its author before you pass on the weights or what they write.\n"
        if licence == UNSTATED
        else "What the licence asks of you holds for these weights too.\n"
    )
    return "\n".join([
        "---", f"license: {tag}", "tags: [muse]", "---", "", f"# {name}", "",
        "A language model that others trained, imported into Muse. What its file says of itself:", "",
        "| | |", "|---|---|", *rows, "", caution,
        f"{count:,} parameters: {config.num_hidden_layers} layers of width {config.hidden_size}, "
        f"{config.num_attention_heads} query heads on {config.num_key_value_heads} key heads, "
        f"{config.vocab_size:,} tokens, trained to see {config.max_position_embeddings:,} of them.",
        "",
        "Changed by the import: weights dequantised where they were quantised, stored in half "
        "precision, under Hugging Face's names. The tokenizer is its own.", "",
        "Muse has measured nothing about what it writes; what it was trained on, its makers know.", "",
    ])  # fmt: skip
