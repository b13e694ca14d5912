"""A GGUF file as a checkpoint: its network, its tokenizer, and what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from muse.importing.checkpoint import Checkpoint, plain_text, token_marks
from muse.importing.gguf_file import open_gguf
from muse.importing.gguf_network import read_network
from muse.importing.gguf_tokens import build_tokenizer

ORIGIN = {
    "general.name": "name",
    "general.author": "author",
    "general.organization": "organisation",
    "general.license": "licence",
    "general.license.name": "licence_name",
    "general.license.link": "licence_link",
    "general.source.url": "source",
    "general.source.repo_url": "source",
    "general.base_model.0.repo_url": "base_model",
}
"""Keys by which a file says where it is from, and their names in the bundle."""


def open_gguf_checkpoint(path: Path) -> Checkpoint:
    """Read what a file holds, but for the weights.

    Raises:
        WishError: if it is no whole GGUF file, or its network or tokenizer is none that Muse holds.
    """
    file = open_gguf(path)
    config, read = read_network(file)
    tokenizer = build_tokenizer(file.metadata, path)
    origin = {"format": f"GGUF ({file.kinds()})", "file": plain_text(path.name)}
    for key, name in ORIGIN.items():
        value = file.metadata.get(key)
        if isinstance(value, str) and plain_text(value):
            origin[name] = plain_text(value)
    template = file.metadata.get("tokenizer.chat_template")
    return Checkpoint(
        path, config, read, tokenizer, _marks(file.metadata, config.vocab_size), origin,
        template if isinstance(template, str) else None,
    )  # fmt: skip


def _marks(metadata: dict[str, Any], size: int) -> dict[str, Any]:
    """BOS, PAD, and the ids that end a text: EOS, and the end of a turn if it is another."""
    key = "tokenizer.ggml."
    ends = [metadata.get(f"{key}{name}_token_id") for name in ("eos", "eot")]
    ends = list(dict.fromkeys(end for end in ends if end is not None))
    return token_marks(
        {
            "bos_token_id": metadata.get(f"{key}bos_token_id"),
            "eos_token_id": ends[0] if len(ends) == 1 else ends,
            "pad_token_id": metadata.get(f"{key}padding_token_id"),
        },
        size,
    )
