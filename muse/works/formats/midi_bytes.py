"""Standard MIDI File bytes: checked and sifted before a library parses them, texts put in after.

`sift` reads bytes from anybody within bounds and gives a small clean file that holds only what a
score needs, one track for each track and channel that has notes, and the texts apart. `with_texts`
is the other way: it puts texts into a file that was written without them.

Conventions:
    Times are in the file's own ticks, counted from the start of the piece.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from muse.works.base import WishError

MOST_NOTES = 200_000
"""A file with more notes is refused."""

TEXT, TRACK_NAME, LYRIC, MARKER = 0x01, 0x03, 0x05, 0x06
"""Kinds of text events, by the numbers of the standard."""

_MOST_EVENTS = 2_000_000
_MOST_TRACKS = 1024
_DRUM_CHANNEL = 9
_SET_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE, _END_OF_TRACK = 0x51, 0x58, 0x59, 0x2F
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


@dataclass(frozen=True, slots=True)
class Text:
    """A text event: number of its track in the file, when, which kind, what it says."""

    track: int
    tick: int
    kind: int
    text: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """A clean file, its texts, and which track of the original each of its part tracks is from.

    Track `i + 1` of the clean file comes from `origins[i]` and is named by the number `i`.
    """

    data: bytes
    texts: tuple[Text, ...]
    origins: tuple[int, ...]
    drums: bool


def sift(data: bytes, name: str) -> Sifted:
    """Check a MIDI file and keep of it notes, programs, tempos, signatures and texts.

    Notes on the drum channel are left out; notes that never end, end with their track. Of the
    programs of a channel, the one that holds at its first note is kept.

    Raises:
        WishError: if it is no MIDI file, is cut off or damaged, is of a kind Muse does not read,
            or is too large; the message names the file.
    """
    division, tracks = _tracks(data, name)
    conductor: list[tuple[int, bytes]] = []
    parts: list[bytes] = []
    texts: list[Text] = []
    origins: list[int] = []
    programs = [0] * 16
    counts = [0, 0]
    drums = False
    for number, track in enumerate(tracks):
        channels: dict[int, list[tuple[int, bytes]]] = {}
        sounding: dict[tuple[int, int], int] = {}
        tick = 0
        for tick, status, body in _events(track, number, name):
            counts[0] += 1
            if status == 0xFF:
                kind = body[0]
                if kind in (TEXT, TRACK_NAME, LYRIC, MARKER):
                    texts.append(Text(number, tick, kind, _decoded(body[1:])))
                elif _useful(kind, body[1:]):
                    conductor.append((tick, _meta(kind, body[1:])))
                continue
            channel, message = status & 0x0F, status >> 4
            if message == 0xC:
                programs[channel] = body[0]
            elif channel == _DRUM_CHANNEL:
                drums = drums or message == 0x9
            elif message in (0x8, 0x9):
                starts = message == 0x9 and body[1] > 0
                counts[1] += starts
                if channel not in channels:
                    channels[channel] = [(0, bytes((0xC0 | channel, programs[channel])))]
                key = (channel, body[0])
                sounding[key] = max(0, sounding.get(key, 0) + (1 if starts else -1))
                channels[channel].append((tick, bytes((status, *body))))
            if counts[1] > MOST_NOTES:
                raise WishError(f"{name}: more than {MOST_NOTES:,} notes; Muse reads no more")
            if counts[0] > _MOST_EVENTS:
                raise WishError(f"{name}: more than {_MOST_EVENTS:,} events; Muse reads no more")
        for (channel, pitch), count in sounding.items():
            channels[channel] += [(tick, bytes((0x80 | channel, pitch, 0)))] * count
        for channel in sorted(channels):
            label = _meta(TRACK_NAME, str(len(parts)).encode())
            parts.append(_chunk([(0, label), *channels[channel]]))
            origins.append(number)
    conductor.sort(key=lambda event: event[0])
    clean = _header(1 + len(parts), division) + _chunk(conductor) + b"".join(parts)
    return Sifted(clean, tuple(texts), tuple(origins), drums)


def with_texts(data: bytes, texts: Iterable[Text]) -> bytes:
    """A file of ours with text events added; at their tick they come before other events."""
    division, tracks = _tracks(data, "our own MIDI file")
    added: dict[int, list[tuple[int, bytes]]] = {}
    for text in texts:
        event = (text.tick, _meta(text.kind, text.text.encode("utf-8")))
        added.setdefault(text.track, []).append(event)
    chunks = []
    for number, track in enumerate(tracks):
        events = list(added.get(number, []))
        for tick, status, body in _events(track, number, "our own MIDI file"):
            message = _meta(body[0], body[1:]) if status == 0xFF else bytes((status, *body))
            if status != 0xFF or body[0] != _END_OF_TRACK:
                events.append((tick, message))
        events.sort(key=lambda event: event[0])
        chunks.append(_chunk(events))
    return _header(len(chunks), division) + b"".join(chunks)


def _tracks(data: bytes, name: str) -> tuple[int, list[bytes]]:
    """Ticks per quarter note and the bytes of each track."""
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[20:]
    if data[:4] != b"MThd" or len(data) < 14:
        raise WishError(f"{name} is not a MIDI file: it does not start with a MIDI header")
    size, kind, count, division = struct.unpack(">LHHH", data[4:14])
    if kind not in (0, 1):
        raise WishError(
            f"{name}: MIDI files of type {kind} hold separate patterns; save it as type 0 or 1"
        )
    if division & 0x8000 or not division:
        raise WishError(
            f"{name}: its time is counted in film frames (SMPTE), not in beats; "
            "save it with ticks per quarter note"
        )
    if count > _MOST_TRACKS:
        raise WishError(f"{name}: {count} tracks; Muse reads at most {_MOST_TRACKS}")
    tracks: list[bytes] = []
    at = 8 + size
    while len(tracks) < count:
        if at + 8 > len(data):
            raise WishError(f"{name} is cut off: it has {len(tracks)} of its {count} tracks")
        label, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if at + 8 + size > len(data):
            raise WishError(f"{name} is cut off inside track {len(tracks) + 1} of {count}")
        if label == b"MTrk":
            tracks.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return division, tracks


def _events(track: bytes, number: int, name: str) -> Iterator[tuple[int, int, bytes]]:
    """Tick, status and body of each event; the body of a meta event starts with its kind."""
    at = tick = running = 0
    try:
        while at < len(track):
            step, at = _variable(track, at)
            tick += step
            status = track[at]
            if status >= 0x80:
                at += 1
            else:
                status = running
            if status == 0xFF:
                size, start = _variable(track, at + 1)
                if start + size > len(track):
                    raise IndexError
                yield tick, status, track[at : at + 1] + track[start : start + size]
                if track[at] == _END_OF_TRACK:
                    return
                at = start + size
            elif status in (0xF0, 0xF7):
                size, start = _variable(track, at)
                at = start + size
            elif 0x80 <= status < 0xF0:
                running = status
                size = _DATA_BYTES[status >> 4]
                body = track[at : at + size]
                if len(body) < size or max(body) > 127:
                    raise IndexError
                yield tick, status, body
                at += size
            else:
                raise IndexError
    except IndexError:
        raise WishError(
            f"{name} is damaged: byte {at:,} of track {number + 1} is no MIDI event"
        ) from None


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length and the place after it. Raises IndexError."""
    value = 0
    for place in range(at, at + 4):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    raise IndexError


def _useful(kind: int, body: bytes) -> bool:
    """Whether a meta event is a tempo, a meter or a key signature, and a valid one."""
    if kind == _SET_TEMPO:
        return len(body) == 3 and 60_000 <= int.from_bytes(body, "big") <= 12_000_000
    if kind == _TIME_SIGNATURE:
        return len(body) == 4 and 1 <= body[0] <= 64 and body[1] <= 5
    if kind == _KEY_SIGNATURE:
        return len(body) == 2 and (body[0] <= 7 or body[0] >= 249) and body[1] <= 1
    return False


def _decoded(body: bytes) -> str:
    """Text in UTF-8 or, failing that, Latin-1, without control characters at its ends."""
    try:
        return body.decode("utf-8").strip("\0\r\n")
    except UnicodeDecodeError:
        return body.decode("latin-1").strip("\0\r\n")


def _meta(kind: int, body: bytes) -> bytes:
    """The bytes of a meta event, without its time."""
    return bytes((0xFF, kind)) + _written(len(body)) + body


def _written(value: int) -> bytes:
    """A number of variable length."""
    found = bytearray([value & 0x7F])
    while value := value >> 7:
        found.insert(0, value & 0x7F | 0x80)
    return bytes(found)


def _header(tracks: int, division: int) -> bytes:
    """The header of a file of type 1."""
    return b"MThd" + struct.pack(">LHHH", 6, 1, tracks, division)


def _chunk(events: Iterable[tuple[int, bytes]]) -> bytes:
    """A track of (tick, bytes) events in order; its end is added."""
    body, last = bytearray(), 0
    for tick, message in events:
        body += _written(tick - last) + message
        last = tick
    body += b"\0" + _meta(_END_OF_TRACK, b"")
    return b"MTrk" + struct.pack(">L", len(body)) + bytes(body)
