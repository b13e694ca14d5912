"""Melody tokens: scores go to ids and back without loss, and any ids are some score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import METERS, Meter
from muse.tokens.base import Vocabulary
from muse.tokens.melody import (
    MOST_BARS_COUNTED,
    melody_vocabulary,
    tempo_bin,
    tempo_of_bin,
)
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import ChordMark, Note, Part, Score

from .strategies import scores

TOKENS = MelodyTokenizer()
IDS = melody_vocabulary()


def ids_of(text: str) -> list[int]:
    """Ids of token names parted by spaces."""
    return [IDS[name] for name in text.split()]


def assert_written_again(score: Score) -> None:
    """A score that was decoded goes through the tokens unchanged, but for an unstated tempo."""
    again = TOKENS.decode(TOKENS.encode(score))
    assert tempo_bin(again.tempo) == tempo_bin(score.tempo)
    assert replace(again, tempos=score.tempos) == score


@settings(max_examples=250, deadline=None)
@given(scores())
def test_round_trip(score: Score) -> None:
    again = TOKENS.decode(TOKENS.encode(score))
    assert [part.notes for part in again.parts] == [part.notes for part in score.parts]
    assert again.chords == score.chords
    assert again.meters == score.meters
    assert again.keys == score.keys
    assert (again.bars, again.pickup, again.style) == (score.bars, score.pickup, score.style)
    assert tempo_bin(again.tempo) == tempo_bin(score.tempo)
    assert abs(again.tempo / score.tempo - 1) < 0.06


@settings(max_examples=60, deadline=None)
@given(scores(most_voices=2), st.integers(1, 11))
def test_one_tune_is_one_sequence_in_all_keys(score: Score, semitones: int) -> None:
    low = min((n.pitch for p in score.parts for n in p.notes), default=60)
    high = max((n.pitch for p in score.parts for n in p.notes), default=60)
    if low < 12 or high > 115 or len({key.tonic for _, key in score.keys}) > 1:
        return
    # Up or down so that the tonic stays in the octave from which pitches are counted.
    shift = (score.key.tonic + 5) % 12 + semitones
    semitones = semitones if shift < 12 else semitones - 12
    tonics = set(IDS.family("Tonic"))
    plain, moved = (
        [i for i in TOKENS.encode(each) if i not in tonics]
        for each in (score, score.transposed(semitones))
    )
    assert plain == moved


@pytest.mark.parametrize("text", METERS)
def test_every_meter_of_the_list(text: str) -> None:
    meter = Meter.parse(text)
    bar = meter.bar_ticks
    notes = [Note(0, bar - 6, 62), Note(bar - 6, bar, 74), Note(2 * bar, 8, 60)]
    score = Score((Part(tuple(notes)),), 3, ((1, meter),), ((0, Key(2, "dorian")),))
    again = TOKENS.decode(TOKENS.encode(score))
    assert (again.parts[0].notes, again.meters, again.length) == (
        tuple(notes),
        score.meters,
        3 * bar,
    )


def test_is_written_as_the_docstring_says() -> None:
    score = Score(
        (Part((Note(0, 12, 69), Note(12, 12, 67), Note(48, 60, 62))),),
        2,
        ((1, Meter(6, 8)),),
        ((0, Key(2)),),
        chords=(ChordMark(0, Chord(2)), ChordMark(72, Chord(9, "7", 1))),
        style="jig",
    )
    expected = """
        BOS Style_jig Meter_6/8 Mode_major Tonic_2 Tempo_14 Chords
        Bar_-2 Chord_0_ End_72 Pitch_+7 End_12 Pitch_+5 End_24 Rest End_48 Pitch_+0 End_72
        Bar_-1 Chord_7_7 Bass_11 End_72 Tie End_36 Rest End_72 EOS"""
    assert IDS.spell(TOKENS.encode(score)) == " ".join(expected.split())


def test_counts_long_pieces_down_from_the_most() -> None:
    score = Score((Part((Note(0, 24, 60),)),), MOST_BARS_COUNTED + 6)
    ids = TOKENS.encode(score)
    assert ids.count(IDS[f"Bar_-{MOST_BARS_COUNTED}"]) == 7
    assert ids.count(IDS["Bar_-1"]) == 1
    assert TOKENS.decode(ids).bars == MOST_BARS_COUNTED + 6


def test_what_the_tokens_cannot_say_is_refused() -> None:
    note = Note(0, 24, 60)
    chord = Part((note, Note(12, 24, 64)))
    for wrong, words in [
        (Score((chord,), 1), "several notes at once"),
        (Score((), 1), "1 to 4 parts"),
        (Score((Part((note,)),) * 5, 1), "1 to 4 parts"),
        (Score((Part((note,)),), 1, ((1, Meter(7, 16)),)), "meter 7/16"),
        (Score((Part((note,)),), 2, ((1, Meter()), (2, Meter(13, 8)))), "meter 13/8"),
    ]:
        with pytest.raises(ValueError, match=words):
            TOKENS.encode(wrong)


def test_tempo_bins() -> None:
    assert (tempo_bin(1), tempo_bin(30), tempo_bin(300), tempo_bin(9999)) == (0, 0, 23, 23)
    assert all(tempo_bin(tempo_of_bin(place)) == place for place in range(24))


BY_FAMILY = st.sampled_from(
    [
        "Style",
        "Meter",
        "Mode",
        "Tonic",
        "Tempo",
        "Voices",
        "Voice",
        "Bar",
        "Chord",
        "Bass",
        "Pitch",
        "End",
    ]
).flatmap(lambda family: st.sampled_from(IDS.family(family)))
SPECIAL = st.sampled_from(ids_of("PAD BOS EOS Hole Fill Pickup Chords Rest Tie Chord_none"))
MUSIC = st.sampled_from(
    ids_of("Pitch_+0 Pitch_-66 Pitch_+72 End_24 End_48 End_96 End_72 Rest Tie Bar_-1 Bar_-2 Pickup")
    + ids_of("Chord_0_ Chord_none Bass_4 Voice_2 Meter_6/8 Meter_1/4 Tonic_7 Hole Fill")
)
ANY_IDS = st.lists(BY_FAMILY | SPECIAL | MUSIC | MUSIC | st.integers(-5, len(IDS) + 5), max_size=60)


@settings(max_examples=600, deadline=None)
@given(ANY_IDS)
@example(ids_of("Meter_4/4 Meter_1/4 Pickup End_6 Bar_-1"))
@example(ids_of("Meter_4/4 Pickup End_6 Meter_1/4 Bar_-1 Pitch_+0 End_24"))
@example(ids_of("Meter_1/4 Pickup End_6 Meter_4/4 Bar_-1 Pitch_+0 End_24"))
@example(ids_of("Voices_4 Voices_1 Bar_-1 Voice_1 Pitch_+0 End_24"))
@example(ids_of("Chords Bar_-1 Chord_0_ Tie Bass_3 End_96 Tie End_96"))
@example(ids_of("Pickup Pickup Pickup End_3 Pickup"))
@example(ids_of("Bar_-1 Fill Bar_-1 Fill Fill"))
@example([])
def test_any_ids_are_a_score_that_can_be_written_again(ids: list[int]) -> None:
    score = TOKENS.decode(ids)
    bars = score.grid()
    assert all(part.monophonic for part in score.parts) and 1 <= len(score.parts) <= 4
    assert all(n.end <= bars[-1].end for p in score.parts for n in p.notes)
    assert all(mark.start < bars[-1].end for mark in score.chords)
    numbers = [number for number, _ in score.meters]
    assert numbers == sorted(set(numbers)) and numbers[-1] <= score.bars
    assert_written_again(score)


@settings(max_examples=60, deadline=None)
@given(scores(), st.data())
def test_a_damaged_piece_is_still_a_score(score: Score, data: st.DataObject) -> None:
    ids = TOKENS.encode(score)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(ids) - 1))
        ids[place : place + data.draw(st.integers(0, 3))] = data.draw(ANY_IDS.map(lambda i: i[:3]))
        ids = ids or [0]
    assert_written_again(TOKENS.decode(ids))


def test_a_tie_after_silence_is_passed_over() -> None:
    def notes(text: str) -> list[tuple[int, int]]:
        found = TOKENS.decode(ids_of(f"Meter_2/4 Bar_-2 {text}")).melody.notes
        return [(note.start, note.length) for note in found]

    assert notes("Pitch_+0 End_48 Bar_-1 Tie End_24 Rest End_48") == [(0, 72)]
    assert notes("Pitch_+0 End_24 Rest End_48 Bar_-1 Tie End_24 Rest End_48") == [(0, 24)]


def test_no_chords_and_silence_are_kept() -> None:
    silent = Score((Part(), Part()), 3, pickup=12)
    again = TOKENS.decode(TOKENS.encode(silent))
    assert again == replace(silent, tempos=again.tempos)


def test_vocabulary() -> None:
    words = Vocabulary(("A_1", "A_2", "B"))
    assert (words["B"], words.get("C"), list(words.family("A")), len(words)) == (2, None, [0, 1], 3)
    assert words.spell([2, 0, 9, -1]) == "B A_1 ?9 ?-1"
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(("A", "A"))
    assert len(set(IDS.names)) == len(IDS)
    # Bundles hold ids: a changed vocabulary breaks every one of them.
    assert (len(IDS), IDS["BOS"], IDS["Pitch_+0"], IDS.names[-1]) == (682, 1, 417, "End_192")
