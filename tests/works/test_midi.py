"""MIDI: round trips, other people's files, and hostile ones."""

from __future__ import annotations

import io
import struct
import time
from dataclasses import replace

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats.midi import decode, encode
from muse.works.score import Note, Part, Score

from .strategies import random_score, scores

Event = mido.Message | mido.MetaMessage


def file_of(*tracks: list[Event], kind: int = 1, division: int = 480) -> bytes:
    """A MIDI file of tracks whose events have delta times."""
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


def played(
    pitch: int, length: int, wait: int = 0, channel: int = 0, velocity: int = 80
) -> list[Event]:
    """Events of one note: silence of `wait`, then sound of `length`, in file ticks."""
    return [
        mido.Message("note_on", channel=channel, note=pitch, velocity=velocity, time=wait),
        mido.Message("note_off", channel=channel, note=pitch, time=length),
    ]


def raw(*tracks: bytes, kind: int = 1, division: int = 480, count: int | None = None) -> bytes:
    """A MIDI file of the bytes of its tracks."""
    header = struct.pack(">LHHH", 6, kind, len(tracks) if count is None else count, division)
    return b"MThd" + header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def meta(kind: str, time: int = 0, **values: object) -> mido.MetaMessage:
    """A meta event."""
    return mido.MetaMessage(kind, time=time, **values)


def spans(score: Score, part: int = 0) -> list[tuple[int, int, int]]:
    """Start, length and pitch of the notes of a part."""
    return [(n.start, n.length, n.pitch) for n in score.parts[part].notes]


@settings(max_examples=120, deadline=None)
@given(scores(parts=4))
def test_round_trip(score: Score) -> None:
    again = decode(encode(score, ".mid"), "t.mid")
    assert again == score
    assert again.provenance == score.provenance


def test_round_trip_keeps_silence_at_the_end_and_odd_pickups() -> None:
    part = Part((Note(0, 8, 60, 5), Note(8, 1, 61, 127)))
    score = Score((part,), 7, ((1, Meter(3, 4)), (6, Meter(6, 8))), pickup=16)
    assert decode(encode(score, ".mid"), "t.mid") == score


def test_a_real_first_bar_that_is_short_is_no_pickup_in_our_files() -> None:
    score = Score((Part((Note(0, 24, 60),)),), 2, ((1, Meter(1, 4)), (2, Meter(3, 4))))
    assert decode(encode(score, ".mid"), "t.mid") == score


def test_a_pickup_is_a_short_bar_for_other_programs() -> None:
    score = Score((Part((Note(0, 120, 60),)),), 1, pickup=24)
    file = mido.MidiFile(file=io.BytesIO(encode(score, ".mid")))
    found = [m for m in file.tracks[0] if m.type == "time_signature"]
    assert [(m.numerator, m.denominator, m.time) for m in found] == [(1, 4, 0), (4, 4, 480)]


def test_an_independent_reader_finds_the_same_notes() -> None:
    score = random_score(11, parts=3)
    file = mido.MidiFile(file=io.BytesIO(encode(score, ".mid")))
    for part, track in zip(score.parts, file.tracks[1:]):
        at, starts = 0, []
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity:
                starts.append((at / 20, message.note, message.velocity))
        assert starts == [(n.start, n.pitch, n.velocity) for n in part.notes]
    assert encode(score, ".mid") == encode(score, ".mid")


def test_tracks_and_channels_become_parts_in_order() -> None:
    data = file_of(
        [meta("track_name", name="My Song"), meta("set_tempo", tempo=400_000)],
        [meta("track_name", name="Empty"), mido.Message("program_change", program=3)],
        [
            meta("track_name", name="Lead"),
            mido.Message("program_change", channel=2, program=73),
            *played(72, 480, channel=2),
            *played(74, 240, channel=2),
        ],
        [*played(36, 100, channel=9), *played(40, 480, wait=380, channel=1)],
    )
    score = decode(data, "t.mid")
    assert (score.title, score.tempo) == ("My Song", 150.0)
    assert [(p.name, p.program) for p in score.parts] == [("Lead", 73), ("", 0)]
    assert spans(score) == [(0, 24, 72), (24, 12, 74)]
    assert spans(score, 1) == [(24, 24, 40)]


def test_a_file_of_one_track_is_split_by_channel() -> None:
    data = file_of(
        [meta("track_name", name="Duet"), *played(50, 96, channel=4), *played(60, 96, channel=1)],
        kind=0,
        division=96,
    )
    score = decode(data, "t.mid")
    assert score.title == "Duet"
    assert [spans(score, i) for i in (0, 1)] == [[(24, 24, 60)], [(0, 24, 50)]]


def test_notes_are_rounded_to_the_grid_and_untangled() -> None:
    on = mido.Message
    data = file_of(
        [
            *played(60, 7),  # rounds to nothing: gets up to 3 ticks
            *played(62, 233, wait=3),  # starts and ends near the grid
            on("note_on", note=64, velocity=50, time=240),
            on("note_on", note=64, velocity=60, time=240),  # struck again while it sounds
            on("note_off", note=64, time=240),
            on("note_off", note=64, time=240),
            on("note_on", note=65, velocity=70),  # never ends
            on("control_change", control=7, value=1, time=480),
        ]
    )
    assert spans(decode(data, "t.mid")) == [
        (0, 1, 60), (1, 11, 62), (24, 12, 64), (36, 24, 64), (60, 24, 65),
    ]  # fmt: skip


def test_meters_change_at_the_nearest_bar_line_and_short_first_bars_are_pickups() -> None:
    signature = {"clocks_per_click": 24, "notated_32nd_notes_per_beat": 8}
    data = file_of(
        [
            meta("time_signature", numerator=1, denominator=4, **signature),
            meta("time_signature", time=480, numerator=3, denominator=4, **signature),
            meta("time_signature", time=2900, numerator=6, denominator=8, **signature),
        ],
        played(60, 480 * 12),
    )
    score = decode(data, "t.mid")
    assert (score.pickup, score.meters) == (24, ((1, Meter(3, 4)), (3, Meter(6, 8))))
    assert score.bars == 4


@pytest.mark.parametrize(
    ("signature", "pitches", "key"),
    [
        (None, [62, 66, 69, 74, 66, 62, 64, 67, 61, 62], Key(2)),
        ("C", [62, 66, 69, 73, 66, 61, 68, 66, 61, 62], None),  # a default that cannot be right
        ("C", [60, 64, 67, 72], Key()),
        ("Bbm", [60, 64, 67, 72], Key(10, "minor")),
        ("F#", [60, 64, 67, 72], Key(6)),
        ("Cb", [60, 64, 67, 72], Key(11)),
    ],
)
def test_key_signatures(signature: str | None, pitches: list[int], key: Key | None) -> None:
    events = [event for pitch in pitches for event in played(pitch, 480)]
    head = [meta("key_signature", key=signature)] if signature else []
    found = decode(file_of([*head, *events]), "t.mid").key
    assert found == key if key else found != Key()


def test_lyrics_of_a_track_of_their_own_go_to_the_part_they_fit() -> None:
    words = [meta("lyrics", text="Hel-"), meta("lyrics", text="lo", time=480)]
    tune = [*played(60, 480), *played(62, 480)]
    score = decode(file_of(words, played(40, 960), tune), "t.mid")
    assert [n.lyric for n in score.parts[1].notes] == ["Hel-", "lo"]
    assert [n.lyric for n in score.parts[0].notes] == [""]


def test_broken_signatures_do_not_spoil_a_file() -> None:
    track = b"\0\xff\x59\x02\x40\x09" + b"\0\xff\x58\x04\x00\xff\x18\x08"
    track += b"\0\xff\x51\x03\0\0\0" + b"\0\xf0\x02\x01\xf7" + b"\0\x90\x3c\x40\x83\x60\x3c\0"
    score = decode(raw(track + b"\0\xff\x2f\0"), "t.mid")
    assert spans(score) == [(0, 24, 60)] and score.tempo == 120.0


def test_our_own_data_is_believed_only_where_it_fits() -> None:
    score = Score((Part((Note(0, 96, 60),)),), 1, keys=((0, Key(2, "dorian")),))
    data = encode(score, ".mid")
    assert decode(data, "t.mid").key == Key(2, "dorian")
    assert decode(data.replace(b'"dorian"', b'"lydian"'), "t.mid").key == Key()
    assert decode(data.replace(b'"bars": 1', b'"bars": 9'), "t.mid").bars == 9
    assert decode(data.replace(b'"bars": 1', b'"bars":-1'), "t.mid").bars == 1
    assert decode(data.replace(b'muse: {"t', b'muse: ["t'), "t.mid").key == Key()


NOTE = b"\0\x90\x3c\x40\x60\x80\x3c\0"
END = b"\0\xff\x2f\0"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a MIDI file"),
        (b"MThd", "is not a MIDI file"),
        (b"RIFF1234WAVEfmt ", "is not a MIDI file"),
        (raw(NOTE + END, kind=2), "type 2"),
        (raw(NOTE + END, division=0xE728), "SMPTE"),
        (raw(NOTE + END, division=0), "SMPTE"),
        (raw(END), "no notes"),
        (raw(), "no notes"),
        (raw(b"\0\x99\x3c\x40\x60\x89\x3c\0" + END), "only drums"),
        (raw(NOTE + END)[:-6], "cut off"),
        (raw(NOTE + END)[:20], "cut off"),
        (raw(NOTE + END, count=2), "cut off"),
        (raw(NOTE + END, count=60000), "60000 tracks"),
        (raw(b"\0\x3c\x40"), "damaged"),
        (raw(b"\0\x90\xff\x40"), "damaged"),
        (raw(b"\0\xf1\x40"), "damaged"),
        (raw(b"\xff\xff\xff\xff\xff\x90\x40\x40"), "damaged"),
        (raw(b"\0\xff\x01\x7fabc"), "damaged"),
        (raw(b"\xff\xff\xff\x7f\x90\x3c\x40\x60\x80\x3c\0", division=1), "longer than"),
        (raw(b"\0\xff\x51\x03\xb7\x1b\0" + b"\xa0\0" + NOTE[1:], division=1), "longer than"),
        (raw(b"\0\x90\x3c\x40" + b"\0\x3c\x40" * 300_000), "more than 200,000 notes"),
        (raw(b"\0\xb0\x01\x01" + b"\0\x01\x01" * 2_000_000), "events"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(data: bytes, message: str) -> None:
    start = time.process_time()
    with pytest.raises(WishError) as caught:
        decode(data, "my song.mid")
    assert message in str(caught.value)
    assert "my song.mid" in str(caught.value) and "\n" not in str(caught.value)
    assert time.process_time() - start < 8


def test_every_truncation_of_a_file_is_refused() -> None:
    data = encode(random_score(4, parts=2), ".mid")
    for length in range(len(data)):
        with pytest.raises(WishError):
            decode(data[:length], "t.mid")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2**32))
def test_random_bytes(data: bytes, seed: int) -> None:
    _survives(data)
    _survives(raw(data))
    good = bytearray(encode(replace(random_score(seed % 50)), ".mid"))
    for place, byte in zip(range(14, len(good), 37), data):
        good[(place + seed) % (len(good) - 14) + 14] = byte
    _survives(bytes(good))


def _survives(data: bytes) -> None:
    """Read it; only WishError may come of it."""
    try:
        decode(data, "fuzz.mid")
    except WishError as error:
        assert "fuzz.mid" in str(error)
