"""What two tunes must share before they are blended: one meter, one key, one register.

A frame is the meter, key and pick-up of one of them. Half of the way between two tunes is written in the
frame of the first, half in that of the second; in each half both tunes are first put into that frame:

* bars of another meter are stretched or squeezed to the frame's bar, onsets and ends snapped to sixteenths;
* later changes of meter and key are left out;
* pitches keep their distance from the tonic, an octave up or down where that brings the two nearer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from muse.data.windows import octave_shifted
from muse.makers.sheets import empty_bars
from muse.makers.wishes import key_classes
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import Sheet, SheetBar, melody_vocabulary, pitch_anchor
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Note, Part, Score, melody_line

GRID_TICKS = 6
"""A sixteenth: where notes of a bar that was stretched may begin and end."""


@dataclass(frozen=True)
class Frame:
    """What a blended tune is written in.

    Attributes:
        meter, key: of all of it.
        pickup: ticks of an opening incomplete bar, 0 if there is none.
        classes: pitch classes that are allowed.
    """

    meter: Meter
    key: Key
    pickup: int
    classes: frozenset[int]


def one_line(score: Score) -> Score:
    """The melody of a score alone, without chords, as the latent space reads it.

    Raises:
        WishError: if it has no notes, or the tokens cannot say them.
    """
    parts = [part for part in score.parts if part.notes]
    if not parts:
        raise WishError(f"{score.title or 'the tune'} has no notes")
    found = replace(score, parts=(replace(parts[0], notes=melody_line(parts[0].notes)),), chords=())
    try:
        melody_only(found)
    except (ValueError, KeyError) as error:
        raise WishError(
            f"{score.title or 'the tune'} cannot be read by the model: {error}"
        ) from error
    return found


def melody_only(score: Score) -> Sheet:
    """The ids of a tune of one line, in bars; the header says meter, mode and tonic alone."""
    return MelodyTokenizer().sheet(replace(score, style=""), tempo=False)


def allowed_classes(score: Score) -> frozenset[int]:
    """Pitch classes of a tune's keys, and those that it sounds besides."""
    found = {note.pitch % 12 for note in score.melody.notes}
    for _, key in score.keys:
        found |= key_classes(key)
    return frozenset(found)


def frame_of(score: Score) -> Frame:
    """The frame of a tune of one line."""
    plain = replace(score, keys=score.keys[:1])
    return Frame(score.meter, score.key, score.pickup, allowed_classes(plain))


def put_into(score: Score, frame: Frame) -> Sheet:
    """A tune of one line in a frame's meter and register, as ids in bars."""
    fitted = _stretched(score, frame.meter)
    sheet = melody_only(replace(fitted, keys=score.keys[:1]))
    return octave_shifted(sheet, nearer_octaves(score.key, frame.key))


def nearer_octaves(own: Key, other: Key) -> int:
    """By how many octaves relative pitches move to sound nearest in another key."""
    return -round((pitch_anchor(other) - pitch_anchor(own)) / 12)


def _stretched(score: Score, meter: Meter) -> Score:
    """The tune with every bar as long as one of `meter`."""
    if all(each.bar_ticks == meter.bar_ticks for _, each in score.meters):
        return replace(score, meters=((1, meter),))
    scale = meter.bar_ticks / score.meter.bar_ticks
    pickup = _snapped(score.pickup * scale) if score.pickup else 0
    pickup = min(max(pickup, GRID_TICKS * bool(score.pickup)), meter.bar_ticks - GRID_TICKS)
    edges = [(bar.start, bar.end) for bar in score.grid()]

    def moved(tick: int) -> int:
        place = next((n for n, (_, end) in enumerate(edges) if tick < end), len(edges) - 1)
        start, end = edges[place]
        full = place - bool(score.pickup)
        size = pickup if full < 0 else meter.bar_ticks
        first = 0 if full < 0 else pickup + full * meter.bar_ticks
        return first + min(_snapped((tick - start) * size / (end - start)), size)

    notes: list[Note] = []
    for note in score.melody.notes:
        start, end = moved(note.start), moved(note.end)
        if notes and start < notes[-1].end:
            start = notes[-1].end
        if end > start:
            notes.append(replace(note, start=start, length=end - start))
    if not notes:  # every note was shorter than half a sixteenth
        first = score.melody.notes[0]
        notes = [replace(first, start=0, length=GRID_TICKS)]
    part = Part(tuple(notes), score.melody.name, score.melody.program)
    return replace(score, parts=(part,), meters=((1, meter),), pickup=pickup)


def _snapped(ticks: float) -> int:
    return GRID_TICKS * round(ticks / GRID_TICKS)


def empty_sheet(frame: Frame, bars: int, style: str = "") -> Sheet:
    """So many bars of a frame whose lines are yet to be written."""
    ids = melody_vocabulary()
    header = [ids[f"Style_{style}"]] if style else []
    header += [
        ids[f"Meter_{frame.meter}"], ids[f"Mode_{frame.key.mode}"], ids[f"Tonic_{frame.key.tonic}"]
    ]  # fmt: skip
    found: list[SheetBar] = empty_bars(1, bars, bars, frame.meter, 1)
    if frame.pickup:
        ticks = frame.meter.bar_ticks
        start = ticks - frame.pickup
        found.insert(0, SheetBar([ids["Pickup"], ids[f"End_{start}"]], [None], ticks, start))
    return Sheet(header, found)
