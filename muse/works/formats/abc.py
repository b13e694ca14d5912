"""ABC files: tunes and tune books, read by ABC 2.1 as it is used in practice, and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from muse.works.base import WishError
from muse.works.formats.abc_fields import default_unit, read_key, read_meter, read_tempo, read_unit
from muse.works.formats.abc_read import VoiceReader
from muse.works.formats.abc_symbols import Settings
from muse.works.formats.abc_write import encode
from muse.works.formats.measure_grid import score_from_voices
from muse.works.formats.measures import Voice
from muse.works.score import Score

__all__ = ["decode", "decode_tunes", "encode"]

_FIELD = re.compile(r"([A-Za-z+]):(.*)", re.DOTALL)
_BODY_FIELD = re.compile(r"([IKLMmNPQRrSsTUVWw]):(?![|:])(.*)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)%.*")
_VOICE_SWITCH = re.compile(r"\[V:\s*([^\]\s]+)[^\]]*\]")
_PROGRAM = re.compile(r"%%MIDI\s+program\s+(?:\d+\s+)?(\d{1,3})\s*$")

Lines = list[tuple[int, str]]


def decode(data: bytes, name: str) -> Score:
    """The first tune of an ABC file.

    Raises:
        WishError: if there is no tune, or it cannot be read; names the file and the line.
    """
    for tune in _tunes(_text(data)):
        return _read_tune(tune, name)[1]
    raise WishError(f"{name}: no ABC tune in it; a tune has the lines X:1, K:C and then its notes")


def decode_tunes(text: str, name: str) -> Iterator[tuple[dict[str, str], Score | WishError]]:
    """All tunes of a tune book, each with its header fields.

    A tune that cannot be read gives the error in place of the score and does not stop the rest.
    The header maps a field letter to its first value.
    """
    for tune in _tunes(text):
        header = _header_fields(tune)
        try:
            yield header, _read_tune(tune, name)[1]
        except WishError as error:
            yield header, error


def _text(data: bytes) -> str:
    """The characters of a file in UTF-8 or, failing that, Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _tunes(text: str) -> Iterator[Lines]:
    """The numbered lines of each tune. A tune starts with X: and ends with an empty line."""
    tune: Lines = []
    header, body = True, False
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        starts = line.startswith("X:")
        if starts or (not line.strip() and body):
            if body or (tune and tune[0][1].startswith("X:")):
                yield tune
            tune, header, body = [], starts, False
        if header and line.strip():
            tune.append((number, line))
            body = body or line.startswith("K:")
    if tune and (body or tune[0][1].startswith("X:")):
        yield tune


def _header_fields(tune: Lines) -> dict[str, str]:
    """First value of each header field, by its letter."""
    fields: dict[str, str] = {}
    for _, line in tune:
        match = _FIELD.match(line)
        if match:
            value = _COMMENT.sub("", match[2]).replace("\\%", "%")
            fields.setdefault(match[1], " ".join(value.split()))
            if match[1] == "K":
                break
    return fields


def _read_tune(tune: Lines, name: str) -> tuple[dict[str, str], Score]:
    """The header fields and the score of one tune. Raises WishError."""
    fields = _header_fields(tune)
    first = tune[0][0]
    if "K" not in fields:
        raise WishError(f"{name}: line {first}: the tune has no key; its header ends with e.g. K:G")
    try:
        meter = read_meter(fields.get("M", "C"))
        unit = read_unit(fields["L"]) if fields.get("L") else default_unit(meter)
        signature = read_key(fields["K"]) or read_key("C")
    except ValueError as error:
        raise WishError(f"{name}: line {first}: in the header of the tune: {error}") from None
    assert signature is not None
    body = next(i for i, (_, line) in enumerate(tune) if line.startswith("K:")) + 1
    ours: dict[str, Any] = {}
    for _, line in tune[:body]:
        if line.startswith("%%muse "):
            ours = _own_data(line[7:])
    reader = _TuneReader(name, Settings(signature, meter, unit), everything=bool(ours))
    for _, line in tune[:body]:
        if line.startswith("V:"):
            reader.switch(_COMMENT.sub("", line[2:]).replace("\\%", "%"))
    reader.begin()
    for number, line in tune[body:]:
        reader.read(line, number)
    voices = reader.voices()
    tempo = read_tempo(fields.get("Q", ""), unit)
    if tempo:
        voices[0].measures[0].tempos.insert(0, (0, tempo))
    told = ours.get("provenance")
    score = score_from_voices(
        voices, name, title=fields.get("T", ""), composer=fields.get("C", ""),
        style=fields.get("R", "").lower(), provenance=told if isinstance(told, dict) else {},
    )  # fmt: skip
    return fields, score


def _own_data(text: str) -> dict[str, Any]:
    """What our writer put into the file; empty if it is damaged."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class _TuneReader:
    """Hands the lines of a tune body to their voices."""

    def __init__(self, name: str, settings: Settings, everything: bool) -> None:
        """Args: everything: whether to read all voices rather than the first one."""
        self._name = name
        self._settings = settings
        self._everything = everything
        self._first: str | None = None
        self._current = ""
        self._readers: dict[str, VoiceReader] = {}
        self._names: dict[str, str] = {}
        self._programs: dict[str, int] = {}
        self._continued = False

    def switch(self, text: str) -> None:
        """Obey a V: field."""
        voice = text.split()[0] if text.split() else ""
        title = re.search(r'\b(?:name|nm)="([^"]*)"', text)
        if title:
            self._names[voice] = title[1]
        if self._first is None:  # fields that came before belong to this voice too
            self._first = voice
            tables: tuple[dict[str, Any], ...] = (self._readers, self._names, self._programs)
            for table in tables:
                if "" in table:
                    table[voice] = table.pop("")
        elif self._first == "" and voice == "1":
            voice = ""
        self._current = voice

    def begin(self) -> None:
        """Start the body of the tune, with the first voice."""
        self._current = self._first or ""

    def _reader(self) -> VoiceReader | None:
        """The reader of the current voice; None if the voice is not wanted."""
        if self._current != (self._first or "") and not self._everything:
            return None
        if self._current not in self._readers:
            if len(self._readers) >= 64:
                raise WishError(f"{self._name}: more than 64 voices, which is too many")
            self._readers[self._current] = VoiceReader(self._name, replace(self._settings))
        return self._readers[self._current]

    def read(self, line: str, number: int) -> None:
        """Read a line of the body: a field, a comment, or music."""
        if line.startswith("%"):
            program = _PROGRAM.match(line)
            if program:
                self._programs[self._current] = min(127, int(program[1]))
            return
        line = _COMMENT.sub("", line)
        match = _BODY_FIELD.match(line)
        if match and match[1] == "V":
            self.switch(match[2])
            return
        reader = self._reader()
        if match and reader is None:
            return
        if match and match[1] == "w":
            reader.lyrics(match[2])  # type: ignore[union-attr]
        elif match:
            reader.change(match[1], match[2], number)  # type: ignore[union-attr]
        else:
            self._music(line, number)

    def _music(self, line: str, number: int) -> None:
        """Read a line of music, which may change the voice inside."""
        pieces = _VOICE_SWITCH.split(line)
        for place, piece in enumerate(pieces):
            if place % 2:
                self.switch(piece)
                continue
            if piece.strip():
                self._first = self._first if self._first is not None else self._current
                reader = self._reader()
                if reader is not None:
                    reader.read(piece, number, self._continued)
        self._continued = line.rstrip().endswith("\\")

    def voices(self) -> list[Voice]:
        """The measures of all voices read, the first voice first."""
        found = [
            Voice(reader.finish(), self._names.get(key, ""), self._programs.get(key, 0))
            for key, reader in self._readers.items()
        ]
        if not found or not found[0].measures:
            raise WishError(f"{self._name}: there is not one note in it")
        return found
