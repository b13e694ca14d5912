"""Bytes of a text file to text, with errors that say where; and what stands beside a plain text.

Plain text has no place for how a work was made. So a work saved as `poem.txt` is saved as
`poem.txt.json` too, the same document as a `.json` file with the hash of the text. It is believed
only as long as the text is the one that it was written for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from muse.works.base import WishError, Work
from muse.works.lines import control_character

LARGEST_TEXT_BYTES = 2_000_000
"""A longer text is refused: ten plays, or a long novel."""

MOST_LINES = 100_000


def text_of(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        WishError: if it is too long, empty, not UTF-8, or holds control characters. The message
            names the file and the place.
    """
    if len(data) > LARGEST_TEXT_BYTES:
        raise WishError(
            f"{name} has {len(data):,} bytes of text; Muse reads at most {LARGEST_TEXT_BYTES:,}, "
            "give it in parts"
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise WishError(f"{name} is in UTF-16; save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise WishError(
            f"{name}: byte 0x{data[error.start]:02x} in line {line} is not UTF-8; "
            "save the file as UTF-8"
        ) from error
    wrong = control_character(text)
    if wrong:
        raise WishError(
            f"{name}: line {wrong[0]} holds the control character {wrong[1]}; is it text?"
        )
    if not text.strip():
        raise WishError(f"{name} is empty")
    if text.count("\n") > MOST_LINES:
        raise WishError(f"{name} has more than {MOST_LINES:,} lines; give it in parts")
    return text


def sidecar_path(path: Path) -> Path:
    """Where the document beside a plain text stands: `poem.txt.json`."""
    return path.with_name(path.name + ".json")


def encode_sidecar(work: Work, data: bytes) -> bytes:
    """The document beside the plain text `data` of a work."""
    from muse.works.formats.writing_json import document_bytes

    return document_bytes(work, text_sha256=_hash(data))


def decode_sidecar(beside: bytes, data: bytes, name: str) -> Work | None:
    """The work that a document beside a plain text holds.

    None if it is not about this text or cannot be read: then the text speaks for itself. Line
    endings may have been changed in between.
    """
    from muse.works.formats import json_fields, writing_json

    try:
        document = json_fields.parsed(beside, name)
        if not isinstance(document, dict) or document.get("text_sha256") != _hash(data):
            return None
        return writing_json.work_of(document, name)
    except WishError:
        return None


def same_text(one: bytes, other: bytes) -> bool:
    """Whether two files hold one text. What stands beside a text is not believed if it says another."""
    return _hash(one) == _hash(other)


def _hash(data: bytes) -> str:
    """SHA-256 of a text whose lines end in a line feed alone, without byte order mark."""
    text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return hashlib.sha256(text).hexdigest()
