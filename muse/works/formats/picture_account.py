"""Where a work came from, put into pictures and read out of files that are not opened as works.

A PNG carries the account in chunks of text (PNG specification, third edition, 11.3.3.4): an XMP
document under the keyword that the specification reserves for it, and the label under its own. An
SVG has it in its element `metadata`. `account_in` finds it again in these, in sound, in PDF (where
it is the document's subject) and in web pages.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

from muse.works.base import WishError
from muse.works.provenance import label_text, xmp

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_FIRST = len(_PNG_HEAD) + 25
"""Where the first chunk, IHDR, ends."""

XMP_KEYWORD = "XML:com.adobe.xmp"
TOLD_SUFFIXES = (".png", ".svg", ".wav", ".flac", ".pdf", ".html", ".htm")
"""Files that are only written, and whose account can be read."""

LONGEST_ACCOUNT = 1_000_000
"""Bytes; Muse writes a few thousand."""

_IN_XML = re.compile(r"<muse:Provenance>(.*?)</muse:Provenance>", re.DOTALL)
_IN_HTML = re.compile(r'<meta name="muse-provenance" content="([^"]*)">')
_IN_PDF = re.compile(rb"/Subject\s*(?:\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>)", re.DOTALL)


def with_account(data: bytes, suffix: str, provenance: Mapping[str, Any]) -> bytes:
    """A picture with the account of its work inside; other files are given back as they are.

    Args:
        data: the file.
        suffix: `.png` or `.svg`, or one that ends so.
        provenance: the account; a picture of a work without one stays as it is.
    """
    if not provenance:
        return data
    if suffix.endswith(".png") and data.startswith(_PNG_HEAD):
        chunks = _text_chunk(XMP_KEYWORD, xmp(provenance))
        if label_text(provenance):
            chunks += _text_chunk("AIGC", label_text(provenance))
        return data[:_PNG_FIRST] + chunks + data[_PNG_FIRST:]
    if suffix.endswith(".svg"):
        text = data.decode("utf-8")
        root = re.search(r"<svg\b[^>]*>", text)
        if root:
            inside = f"<metadata>{xmp(provenance)}</metadata>"
            return (text[: root.end()] + inside + text[root.end() :]).encode()
    return data


def account_in(path: Path) -> dict[str, Any]:
    """The account in a file that Muse writes but does not open as a work; empty if there is none.

    Raises:
        WishError: if the file cannot be read, is too large or not what its suffix says.
    """
    from muse.works.formats import read_bytes

    data, suffix = read_bytes(path), path.suffix.lower()
    if suffix == ".png":
        return png_account(data, path)
    if suffix in (".wav", ".flac"):
        return _parsed(_sound_comment(data, path))
    if suffix == ".pdf":
        held = _IN_PDF.search(data)
        return _parsed(_pdf_text(held)) if held else {}
    pattern = _IN_XML if suffix == ".svg" else _IN_HTML
    return _parsed(_match(pattern, data.decode("utf-8", "replace")))


def png_account(data: bytes, name: str | Path) -> dict[str, Any]:
    """The account in a PNG; empty if there is none. Raises WishError naming the file `name`."""
    found = [text for keyword, text in _png_texts(data, Path(name)) if keyword == XMP_KEYWORD]
    return _parsed(_match(_IN_XML, found[0])) if found else {}


def _text_chunk(keyword: str, text: str) -> bytes:
    """A chunk iTXt of a PNG: uncompressed UTF-8 without a language."""
    body = b"iTXt" + keyword.encode() + b"\0\0\0\0\0" + text.encode()
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def _png_texts(data: bytes, path: Path) -> Iterator[tuple[str, str]]:
    """Keyword and text of the uncompressed chunks iTXt. Raises WishError."""
    if not data.startswith(_PNG_HEAD):
        raise WishError(f"{path} is no PNG picture")
    at = len(_PNG_HEAD)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise WishError(f"{path} is cut off: a chunk of the PNG ends after the file")
        if kind == b"iTXt":
            keyword, _, rest = body.partition(b"\0")
            pieces = rest[2:].split(b"\0", 2)
            if rest[:1] == b"\0" and len(pieces) == 3:
                yield keyword.decode("latin-1"), pieces[2].decode("utf-8", "replace")
        at += 12 + length


def _sound_comment(data: bytes, path: Path) -> str:
    """The comment of a sound file: INFO's ICMT of WAV, the Vorbis comment of FLAC."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        # libsndfile itself gives back no text of more than 2 kB.
        at = 12
        while at + 8 <= len(data):
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            if data[at : at + 4] == b"LIST" and data[at + 8 : at + 12] == b"INFO":
                return _riff_comment(data[at + 12 : at + 8 + size])
            at += 8 + size + size % 2
        return ""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return file.copy_metadata().get("comment", "")
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise WishError(f"{path} is no sound file: {error}") from error


def _riff_comment(chunk: bytes) -> str:
    at = 0
    while at + 8 <= len(chunk):
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        if chunk[at : at + 4] == b"ICMT":
            return chunk[at + 8 : at + 8 + size].rstrip(b"\0").decode("utf-8", "replace")
        at += 8 + size + size % 2
    return ""


def _pdf_text(held: re.Match[bytes]) -> str:
    """A string of a PDF (ISO 32000-1, 7.3.4): literal in ASCII, or UTF-16 in hexadecimal digits."""
    if held[2] is not None:
        digits = b"".join(held[2].split())
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode()).decode("utf-16", "replace")

    def sign(found: re.Match[bytes]) -> bytes:
        digits = found[1]
        if digits.isdigit():
            return bytes([int(digits, 8) & 255])
        return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\n": b""}.get(digits, digits)

    return re.sub(rb"\\([0-7]{1,3}|.)", sign, held[1], flags=re.DOTALL).decode("latin-1")


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return unescape(found[1]) if found else ""


def _parsed(text: str) -> dict[str, Any]:
    """An account from its JSON; empty if it is none, or spoiled."""
    if len(text) > LONGEST_ACCOUNT:
        return {}
    try:
        account = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return account if isinstance(account, dict) else {}
