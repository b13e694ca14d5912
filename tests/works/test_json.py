"""Scores as JSON: exact round trips, and every malformed document refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.chords import QUALITIES, Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.formats.json import decode, encode
from muse.works.score import ChordMark, Note, Part, Score

_ticks = st.integers(0, 5_000)
_words = st.text(max_size=12)
_pitch_classes = st.integers(0, 11)
_meters = st.builds(Meter, st.integers(2, 12), st.sampled_from([2, 4, 8, 16]))
_keys = st.builds(Key, _pitch_classes, st.sampled_from(sorted(MODES)))
_tempos = st.floats(1, 500) | st.integers(1, 500)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def _chords(draw: st.DrawFn) -> Chord:
    root, bass = draw(_pitch_classes), draw(st.none() | _pitch_classes)
    return Chord(root, draw(st.sampled_from(sorted(QUALITIES))), None if bass == root else bass)


def _changes(values: st.SearchStrategy, first: int) -> st.SearchStrategy:
    """Maps of (place, value) whose first entry stands at `first`."""
    later = st.dictionaries(st.integers(first + 1, 400), values, max_size=3)
    return st.builds(lambda v, more: ((first, v), *sorted(more.items())), values, later)


@st.composite
def _scores(draw: st.DrawFn) -> Score:
    notes = st.builds(
        Note, _ticks, st.integers(1, 99), st.integers(0, 127), st.integers(1, 127), _words
    )
    parts = st.builds(Part, st.lists(notes, max_size=6).map(tuple), _words, st.integers(0, 127))
    meters = draw(_changes(_meters, 1))
    chords = draw(st.dictionaries(_ticks, st.none() | _chords(), max_size=4))
    return Score(
        tuple(draw(st.lists(parts, max_size=3))),
        draw(st.integers(1, 500)),
        meters,
        draw(_changes(_keys, 0)),
        draw(_changes(_tempos, 0)),
        tuple(ChordMark(tick, chords[tick]) for tick in sorted(chords)),
        draw(st.integers(0, meters[0][1].bar_ticks - 1)),
        title=draw(_words),
        style=draw(_words),
        composer=draw(_words),
        provenance=draw(st.dictionaries(_words, _json_values, max_size=3)),
    )


@settings(max_examples=80, deadline=None)
@given(_scores())
def test_round_trip_is_exact(score: Score) -> None:
    again = decode(encode(score, ".json"), "tune.json")
    assert again == score
    assert again.provenance == score.provenance  # which == leaves out
    assert encode(again, ".json") == encode(score, ".json")


def _document() -> dict:
    tune = Score((Part((Note(0, 24, 60, 80, "la"),)),), 4, chords=(ChordMark(0, Chord(7)),))
    return json.loads(encode(tune, ".json"))


def test_the_document_is_readable() -> None:
    text = encode(Score((Part((Note(0, 24, 60, 80, "là"),)),), 4), ".json").decode()
    assert '      {"start": 0, "length": 24, "pitch": 60, "velocity": 80, "lyric": "là"}' in text
    assert '{"tick": 0, "key": "C major"}' in text and '{"bar": 1, "meter": "4/4"}' in text


def test_chords_are_spelled_for_their_key() -> None:
    tune = Score((), 1, keys=((0, Key(1)),), chords=(ChordMark(0, Chord(1)),))
    assert '"chord": "Db"' in encode(tune, ".json").decode()


def test_velocity_and_lyric_may_be_left_out() -> None:
    document = _document()
    document["parts"][0]["notes"] = [{"start": 0, "length": 3, "pitch": 61}]
    assert decode(json.dumps(document).encode(), "a").melody.notes == (Note(0, 3, 61),)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe\x00", b"{}", b"[" * 100_000,
        b'{"format": "muse-score"}', b'{"format": "muse-score", "version": 2}',
        b'{"format": "muse-score", "version": NaN}', b"1" * 9_000,
    ],
)  # fmt: skip
def test_what_is_no_score_is_refused(data: bytes) -> None:
    with pytest.raises(WishError, match=r"^tune\.json"):
        decode(data, "tune.json")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["bars"], 0), (["bars"], 10**9), (["bars"], "4"), (["bars"], True), (["bars"], 2.5),
        (["pickup"], 96), (["pickup"], -1), (["title"], 5), (["title"], "\ud800"),
        (["provenance"], []), (["meters"], []), (["meters"], [5]), (["meters", 0, "bar"], 2),
        (["meters", 0, "meter"], "4/5"), (["meters", 0, "meter"], None), (["keys"], []),
        (["keys", 0, "key"], "H major"), (["keys", 0, "tick"], 3), (["tempos"], {}),
        (["tempos", 0, "quarters_per_minute"], 0), (["tempos", 0, "quarters_per_minute"], True),
        (["tempos", 0, "quarters_per_minute"], 1e999), (["chords", 0, "chord"], "Hm"),
        (["chords", 0, "tick"], -1), (["parts"], None), (["parts", 0], "x"),
        (["parts", 0, "notes"], None), (["parts", 0, "program"], 128),
        (["parts", 0, "notes", 0], []), (["parts", 0, "notes", 0, "pitch"], 128),
        (["parts", 0, "notes", 0, "length"], 0), (["parts", 0, "notes", 0, "start"], 10**12),
        (["parts", 0, "notes", 0, "velocity"], 0), (["parts", 0, "notes", 0, "lyric"], 1),
    ],
)  # fmt: skip
def test_the_impossible_is_refused(place: list, value: object) -> None:
    document = _document()
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(WishError, match=r"^tune\.json") as caught:
        decode(json.dumps(document).encode(), "tune.json")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_save_and_open(tmp_path) -> None:
    tune = Score((Part((Note(0, 24, 60),)),), 2, title="Tune", provenance={"seed": 7})
    again = open_work(tune.save(tmp_path / "tune.json"))
    assert again == tune and again.provenance == {"seed": 7}
