"""Fitting a line's syllables into feet at the least cost.

The metres, their variations and the costs are those of `muse.theory.foot_meters`. The search is
dynamic programming over the words, whose state is the place within the foot and the number of feet so
far (after Viterbi, 1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from muse.theory.foot_meters import COSTS, METER_NAMES, METERS_BY_NAME, FootMeter, Variation

_BEAM = 2.5
_OPEN, _CLOSED = -1, -2
"""Between two feet; behind a foot that ends the line."""

State = tuple[int, int, int]


@dataclass(frozen=True)
class Slot:
    """The ways to say one word within a line.

    Attributes:
        ways: for each way the weights of its syllables (letters of `COSTS`) and its cost.
        paused: whether a comma, a dash or the like stands before the word.
    """

    ways: tuple[tuple[str, float], ...]
    paused: bool = False


@dataclass(frozen=True)
class Reading:
    """A line fitted into a metre.

    Attributes:
        meter: the metre's name.
        feet: how many feet.
        cost: 0 for a line that fits without strain.
        beats: for each syllable, `"s"` if it stands on a strong position, else `"w"`.
        starts: for each syllable, whether a foot begins with it.
        ways: which way each word is said.
        variations: the number of each foot that is not the metre's own, and its variation's name.
    """

    meter: str
    feet: int
    cost: float
    beats: str
    starts: tuple[bool, ...]
    ways: tuple[int, ...]
    variations: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """From one state to another by one word: feet entered, cost, beats, and the variation that each
    syllable opens (or `_OPEN`)."""

    variation: int
    offset: int
    feet: int
    cost: float
    beats: str
    opened: tuple[int, ...]


def readings(slots: Sequence[Slot], meters: Sequence[str] = METER_NAMES) -> list[Reading]:
    """The cheapest reading for each metre and number of feet, the cheapest first."""
    found = [each for name in meters for each in _in_meter(slots, METERS_BY_NAME[name])]
    return sorted(found, key=lambda each: (each.cost, METER_NAMES.index(each.meter)))


def _in_meter(slots: Sequence[Slot], meter: FootMeter) -> list[Reading]:
    rows: list[dict[State, tuple[float, State, int, _Step]]] = []
    row: dict[State, float] = {(_OPEN, 0, 0): meter.rarity}
    for slot in slots:
        reached: dict[State, tuple[float, State, int, _Step]] = {}
        bound = min(row.values(), default=0.0) + _BEAM
        for state, cost in row.items():
            if cost > bound:
                continue
            variation, offset, feet = state
            for number, (weights, extra) in enumerate(slot.ways):
                for step in _steps(
                    meter.name, variation, offset, feet == 0, slot.paused and feet > 0, weights
                ):
                    after = (step.variation, step.offset, feet + step.feet)
                    total = cost + extra + step.cost
                    if after not in reached or total < reached[after][0]:
                        reached[after] = (total, state, number, step)
        rows.append(reached)
        row = {state: entry[0] for state, entry in reached.items()}
    ends: dict[int, State] = {}
    for state, cost in row.items():
        whole = state[0] in (_OPEN, _CLOSED) and state[2] > 0
        if whole and (state[2] not in ends or cost < row[ends[state[2]]]):
            ends[state[2]] = state
    return [_traced(rows, end, meter, row[end]) for end in ends.values()]


@lru_cache(maxsize=200_000)
def _steps(
    name: str, variation: int, offset: int, first: bool, paused: bool, weights: str
) -> tuple[_Step, ...]:
    """All ways on from a state over the syllables of one word, the best for each state reached."""
    if not weights:
        return (_Step(variation, offset, 0, 0.0, "", ()),)
    choices = METERS_BY_NAME[name].variations
    found: dict[tuple[int, int, int], _Step] = {}

    def walk(
        at: tuple[int, int], place: int, feet: int, cost: float, beats: str, opened: tuple[int, ...]
    ) -> None:
        variation, offset = at
        if place == len(weights):
            key = (variation, offset, feet)
            if key not in found or cost < found[key].cost:
                found[key] = _Step(variation, offset, feet, cost, beats, opened)
            return
        if variation == _CLOSED:
            return
        if variation != _OPEN:
            beat = choices[variation].beats[offset]
            after = cost + COSTS[weights[place]][beat == "w"]
            walk(_advanced(choices, variation, offset), place + 1, feet, after, beats + beat,
                 (*opened, _OPEN))  # fmt: skip
            return
        for number, choice in enumerate(choices):
            start = place == 0
            allowed = (
                choice.place in ("any", "last")
                or (choice.place == "first" and first and start)
                or (choice.place == "break" and paused and start)
            )
            if allowed:
                beat = choice.beats[0]
                after = cost + choice.cost + COSTS[weights[place]][beat == "w"]
                walk(_advanced(choices, number, 0), place + 1, feet + 1, after, beats + beat,
                     (*opened, number))  # fmt: skip

    walk((variation, offset), 0, 0, 0.0, "", ())
    return tuple(found.values())


def _advanced(choices: tuple[Variation, ...], variation: int, offset: int) -> tuple[int, int]:
    if offset + 1 < len(choices[variation].beats):
        return variation, offset + 1
    return (_CLOSED if choices[variation].place == "last" else _OPEN), 0


def _traced(
    rows: list[dict[State, tuple[float, State, int, _Step]]],
    end: State,
    meter: FootMeter,
    cost: float,
) -> Reading:
    """Follow the best path back to the line's beginning."""
    steps: list[tuple[int, _Step]] = []
    state = end
    for row in reversed(rows):
        _, state, number, step = row[state]
        steps.append((number, step))
    steps.reverse()
    opened = [each for _, step in steps for each in step.opened]
    feet = [each for each in opened if each != _OPEN]
    own = meter.variations[0].beats
    return Reading(
        meter.name,
        end[2],
        round(cost, 3),
        "".join(step.beats for _, step in steps),
        tuple(each != _OPEN for each in opened),
        tuple(number for number, _ in steps),
        tuple(
            (number, meter.variations[each].name)
            for number, each in enumerate(feet, 1)
            if meter.variations[each].beats != own
        ),
    )
