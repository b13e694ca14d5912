"""What is read from a checkpoint, whatever file it came in, and how its strange parts are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from muse.models.decoder import DecoderConfig
from muse.works.base import WishError


@dataclass(frozen=True)
class Checkpoint:
    """A network of others with its tokenizer, not yet in memory.

    Attributes:
        path: the file or folder.
        config: the decoder's shape.
        read: the tensor of a Hugging Face parameter name, read from the file when it is called.
        tokenizer: the text of a `tokenizer.json`.
        marks: `bos_token_id`, `eos_token_id`, `pad_token_id` and settings of the sampler.
        origin: what the file says of itself, in words: name, author, licence, source, format.
        chat_template: the Jinja text that lays out a conversation, as data; None if there is none.
    """

    path: Path
    config: DecoderConfig
    read: Callable[[str], Tensor]
    tokenizer: str
    marks: Mapping[str, Any]
    origin: Mapping[str, str]
    chat_template: str | None = None


def shown(name: object, most: int = 60) -> str:
    """A string of a file as it may stand in an error: one line, no control characters, not long."""
    text = str(name)
    return ascii(text if len(text) <= most else text[:most] + "...")


def plain_text(value: object, most: int = 300) -> str:
    """A string of a file as it may stand in a model card: one line of printable characters."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(text.replace("`", "'").split())[:most]


def half_precision(tensor: Tensor, name: str, path: Path) -> Tensor:
    """A tensor in half precision. Raises WishError if a number in it is not finite then."""
    half = tensor.half()
    if not bool(torch.isfinite(half).all()):
        raise WishError(
            f"{path}: tensor {shown(name)} holds numbers beyond half precision, or none"
        )
    return half


def token_marks(found: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The ids of BOS, EOS and PAD that are ids of the network; EOS may be several."""
    marks: dict[str, Any] = {}
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        value = found.get(name)
        ids = value if isinstance(value, list) else [value]
        if ids and all(type(id) is int and 0 <= id < size for id in ids):
            marks[name] = value
    return marks
