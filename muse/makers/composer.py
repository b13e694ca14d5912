"""The composer: writes, continues, mends, varies and harmonises melodies, exactly as asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from muse.bundle import Bundle
from muse.grammar.base import Slots
from muse.grammar.harmony import PitchRules
from muse.makers.dressing import account, dressed
from muse.makers.planning import Plan, bar_contexts, expected_length, plan_sheet
from muse.makers.ranking import Ranked, best_of_each, distance, figures
from muse.makers.sheets import (
    chord_lines,
    counted,
    cut_chords,
    cut_ties,
    empty_bars,
    in_voices,
    key_and_meter,
    line_count,
    pickup_bar,
)
from muse.makers.wishes import Drawing, MelodyWish, asked, key_classes
from muse.sampling.autoregressive import Autoregressive
from muse.sampling.base import draw, generators
from muse.sampling.policies import standard_policies
from muse.sampling.window import Windowed
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import Sheet, SheetBar, melody_vocabulary, tempo_bin
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Score, melody_line

VOICE_RANGES = ((60, 81), (53, 74), (48, 69), (36, 64))
"""Soprano, alto, tenor and bass: lowest and highest MIDI pitch."""

SEEN = 1024
"""Tokens that the models were trained to see at once."""


class Composer:
    """Makes scores: melodies with a bundle of kind `melody`, four parts with one of `chorale`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.tokenizer = MelodyTokenizer()
        self.voices = 4 if bundle.kind == "chorale" else 1

    # What is asked for ------------------------------------------------------------------------
    #
    # Every method takes the options of `MelodyWish` and of `Drawing` by name. It returns a Score,
    # or, where `variations` is given, a list of so many, best first.

    def compose(self, **options: Any) -> Score | list[Score]:
        """A new melody: `compose(bars=16, key="D", meter="6/8", seed=7)`."""
        wish, drawing = asked(options)
        sheet, key, meter = self._empty_sheet(wish, drawing.seed)
        return self._write(sheet, wish, drawing, "compose", {}, key, meter, options)

    def continue_(self, theme: Score, **options: Any) -> Score | list[Score]:
        """The theme, note for note, and `bars` (8) new bars after it that end on the tonic."""
        wish, drawing = asked({"end_on_tonic": True, **options}, bars=8)
        sheet, theme = self._continued_sheet(theme, wish)
        return self._write(
            sheet, wish, drawing, "continue", {}, theme.key, theme.meter, options, theme
        )

    def fill(self, theme: Score, from_bar: int, to_bar: int, **options: Any) -> Score | list[Score]:
        """The theme with bars `from_bar` to `to_bar` (from 1) written anew; all others stay."""
        wish, drawing = asked(options)
        if not 1 <= from_bar <= to_bar <= theme.bars:
            raise WishError(
                f"--from-bar {from_bar} --to-bar {to_bar}: the piece has bars 1 to {theme.bars}"
            )
        places = [p for p, bar in enumerate(theme.grid()) if from_bar <= bar.number <= to_bar]
        extra = {"from_bar": from_bar, "to_bar": to_bar}
        return self._redo(theme, places, wish, drawing, "fill", extra, options)

    def vary(self, theme: Score, amount: float = 0.5, **options: Any) -> Score | list[Score]:
        """The theme with a part `amount` (0 to 1) of its bars written anew, chosen by the seed."""
        wish, drawing = asked(options)
        if not 0 < amount <= 1:
            raise WishError(f"--amount must lie above 0 and up to 1, not {amount:g}")
        places = [place for place, bar in enumerate(theme.grid()) if bar.number]
        count = max(1, round(amount * len(places)))
        rng = generators(drawing.seed, 1, -1)[0]
        chosen = rng.permutation(len(places))[:count].tolist()
        picked = sorted(places[i] for i in chosen)
        return self._redo(theme, picked, wish, drawing, "vary", {"amount": amount}, options)

    def harmonize(self, theme: Score, **options: Any) -> Score | list[Score]:
        """The theme's melody with chord symbols (`melody`), or in four parts (`chorale`)."""
        wish, drawing = asked(options)
        theme = self._readable(theme, wish, voices=1)
        theme = replace(
            theme, chords=(), parts=theme.parts if self.voices == 1 else theme.parts[:1]
        )
        known = self._lead_sheet(replace(theme, parts=theme.parts[:1]))
        if self.voices == 1:
            header = [*known.header, melody_vocabulary()["Chords"]]
            bars = [replace(bar, lines=[None, *bar.lines]) for bar in known.bars]
        else:
            header, bars = in_voices(known, self.voices)
        return self._write(
            Sheet(header, bars), wish, drawing, "harmonize", {}, theme.key, theme.meter, options,
            theme,
        )  # fmt: skip

    def stream(self, prompt: Score | None = None, **options: Any) -> Iterator[Score]:
        """New bars as they are written, each a Score of one bar; stop asking to cancel.

        Args:
            prompt: the theme to continue; None writes a new melody.
            options: as for `compose`; one piece is drawn.
        """
        wish, drawing = asked(options, bars=16 if prompt is None else 8)
        if prompt is None:
            sheet, key, meter = self._empty_sheet(wish, drawing.seed)
            done = 0
        else:
            sheet, theme = self._continued_sheet(prompt, wish)
            key, meter, done = theme.key, theme.meter, theme.bars
        plan = self._plan(sheet, wish, key, meter)
        model, start = self._windowed(plan), np.array([plan.prompt])
        marks = set(melody_vocabulary().family("Bar")) | {melody_vocabulary()["EOS"]}
        begun = False
        rng = generators(drawing.seed, 1)
        for step in self._sampler(plan, drawing).steps(model, start, rng=rng):
            if int(step.fresh[0, 0]) not in marks:
                continue
            if begun:
                done += 1
                written = step.state[0, len(plan.prompt) :].tolist()
                piece = self.tokenizer.decode(plan.whole + written)
                yield piece.bar_slice(done, done)
            begun = True

    # How it is done ---------------------------------------------------------------------------

    def _readable(self, theme: Score, wish: MelodyWish, voices: int | None = None) -> Score:
        """The theme in the wished key, with each of its first `voices` parts as one line.

        Raises:
            WishError: if it has no notes, or the tokens cannot say them.
        """
        parts = [p for p in theme.parts if p.notes]
        if not parts:
            raise WishError("the theme has no notes")
        key, meter = wish.parsed_key(), wish.parsed_meter()
        if meter is not None and meter != theme.meter:
            raise WishError(f"--meter {meter} is not the theme's, which is in {theme.meter}")
        count = self.voices if voices is None else voices
        if len(parts) < count:
            raise WishError(f"the theme has {len(parts)} parts with notes, {count} are needed")
        parts[:count] = [replace(p, notes=melody_line(p.notes)) for p in parts[:count]]
        keys = ((0, key),) if key else theme.keys
        found = replace(theme, parts=tuple(parts), keys=keys, style=wish.style or theme.style)
        if self.voices > 1:
            found = replace(found, style="chorale")
        try:
            self._lead_sheet(replace(found, parts=found.parts[:count]))
        except ValueError as error:
            raise WishError(f"the theme cannot be read by the model: {error}") from error
        return found

    def _lead_sheet(self, theme: Score) -> Sheet:
        """The voices and chords of a theme as ids."""
        return self.tokenizer.sheet(replace(theme, parts=theme.parts[: self.voices]), tempo=False)

    def _empty_sheet(self, wish: MelodyWish, seed: int) -> tuple[Sheet, Key, Meter]:
        """All of a new melody as holes, over the wished chords."""
        header = self._header(wish, seed)
        key, meter = key_and_meter(header)
        bars = empty_bars(1, wish.bars, wish.bars, meter, line_count(header))
        if wish.pickup:
            bars.insert(0, pickup_bar(wish.pickup, meter, line_count(header)))
        sheet = Sheet(header, bars)
        self._lay_chords(sheet, sheet.bars, wish, [(key, meter)] * len(bars))
        return sheet, key, meter

    def _continued_sheet(self, theme: Score, wish: MelodyWish) -> tuple[Sheet, Score]:
        """A theme with so many holes after it."""
        theme = self._readable(theme, wish)
        known = self._lead_sheet(theme)
        total, meter = theme.bars + wish.bars, theme.grid()[-1].meter
        sheet = Sheet(list(known.header), counted(known.bars, total))
        new = empty_bars(theme.bars + 1, wish.bars, total, meter, len(known.bars[0].lines))
        self._lay_chords(sheet, new, wish, [(theme.key_at(theme.length), meter)] * len(new))
        sheet.bars += new
        return sheet, theme

    def _redo(
        self, theme: Score, places: Sequence[int], wish: MelodyWish, drawing: Drawing,
        verb: str, extra: dict[str, Any], options: dict[str, Any],
    ) -> Score | list[Score]:  # fmt: skip
        theme = self._readable(theme, wish)
        sheet = self._lead_sheet(theme)
        cut_ties(sheet, places, theme)
        for place in places:
            bar = sheet.bars[place]
            keep = bar.lines[:1] if theme.chords else []
            bar.lines = [*keep, *[None] * (len(bar.lines) - len(keep))]
        if theme.chords:
            grid, redone = theme.grid(), [sheet.bars[place] for place in places]
            held = [(theme.key_at(grid[p].start), grid[p].meter) for p in places]
            self._lay_chords(sheet, redone, wish, held)
            if wish.chords:
                cut_chords(sheet, places, theme)
        elif wish.chords:
            raise WishError("--chords: the theme has no chord symbols; harmonize it first")
        return self._write(
            sheet, wish, drawing, verb, extra, theme.key, theme.meter, options, theme
        )

    def _header(self, wish: MelodyWish, seed: int) -> list[int]:
        """The conditions; what the wish leaves open is drawn from the model."""
        ids = melody_vocabulary()
        key, meter = wish.parsed_key(), wish.parsed_meter()
        style = "chorale" if self.voices > 1 else wish.style
        prefix = [ids[f"Style_{style}"]] if style else []
        choices = [
            [ids[f"Meter_{meter}"]] if meter else list(ids.family("Meter")),
            [ids[f"Mode_{key.mode}"]] if key else list(ids.family("Mode")),
            [ids[f"Tonic_{key.tonic}"]] if key else list(ids.family("Tonic")),
        ]
        sampler = Autoregressive(3, None, (), Slots(len(ids), tuple(choices), ids["EOS"]))
        start = np.array([[ids["BOS"], *prefix]])
        rng = generators(seed, 1, -2)
        header = draw(sampler, self.bundle.model, start, rng=rng)[0, 1:].tolist()
        if wish.tempo is not None:
            quarters = key_and_meter(header)[1].quarter_tempo(wish.tempo)
            header.append(ids[f"Tempo_{tempo_bin(quarters)}"])
        if self.voices > 1:
            if wish.chords or wish.with_chords:
                raise WishError("--chords: four-part pieces are written without chord symbols")
            header.append(ids[f"Voices_{self.voices}"])
        elif wish.chords or wish.with_chords or (wish.with_chords is None and not wish.style):
            header.append(ids["Chords"])
        return header

    def _lay_chords(
        self, sheet: Sheet, bars: list[SheetBar], wish: MelodyWish, held: list[tuple[Key, Meter]]
    ) -> None:
        """Put the wished chords into the chord lines of `bars`; `held` are their keys and meters."""
        progression = wish.progression()
        if progression is None:
            return
        flag = melody_vocabulary()["Chords"]
        if flag not in sheet.header:
            if any(line is not None for bar in sheet.bars for line in bar.lines):
                sheet.header.append(flag)
                none = melody_vocabulary()["Chord_none"]
                for bar in sheet.bars:
                    end = melody_vocabulary()[f"End_{bar.ticks}"]
                    bar.lines.insert(0, [none, end])
            for bar in bars:
                bar.lines.insert(0, None)
        for bar, line in zip(bars, chord_lines(progression, bars, held)):
            bar.lines[0] = line

    def _rules(self, wish: MelodyWish, key: Key, has_chords: bool) -> dict[int, PitchRules]:
        """What each voice may sing, by its number."""
        strict = wish.parsed_scale()
        scale = strict or (key_classes(key) if wish.key else None)
        on_tonic = wish.end_on_tonic if wish.end_on_tonic is not None else wish.key is not None
        tones = wish.chord_tones if wish.chord_tones is not None else wish.chords is not None
        if tones and not has_chords:
            raise WishError("--chord-tones needs chords: give --chords or --with-chords")
        last = frozenset([key.tonic]) if on_tonic else None
        if self.voices == 1:
            low, high = wish.parsed_range()
            leap = wish.largest_leap
            return {1: PitchRules(low, high, scale, leap, tones, last, strict is None)}
        ranges = [wish.parsed_range() if wish.range else VOICE_RANGES[0], *VOICE_RANGES[1:]]
        return {
            number: PitchRules(low, high, scale, wish.largest_leap, False,
                               last if number in (1, 4) else None)
            for number, (low, high) in enumerate(ranges, 1)
        }  # fmt: skip

    def _write(
        self, sheet: Sheet, wish: MelodyWish, drawing: Drawing, verb: str, extra: dict[str, Any],
        key: Key, meter: Meter, options: dict[str, Any], theme: Score | None = None,
    ) -> Score | list[Score]:  # fmt: skip
        """Draw, rank and dress the pieces that fill the sheet's holes."""
        plan = self._plan(sheet, wish, key, meter)
        count = drawing.variations * drawing.candidates
        rows = self._drawn(plan, drawing, generators(drawing.seed, count))
        ranked = [self._ranked(row, piece, plan) for piece, row in enumerate(rows)]
        chosen = best_of_each(ranked, drawing.candidates)
        settings = {**wish.settings(), **extra, **drawing.__dict__}
        made = [
            dressed(each.score, theme, wish.tempo, account(self.bundle, verb, settings, each, rank))
            for rank, each in enumerate(chosen)
        ]
        return made if options.get("variations") is not None else made[0]

    def _plan(self, sheet: Sheet, wish: MelodyWish, key: Key, meter: Meter) -> Plan:
        holes = {
            (place, number)
            for place, bar in enumerate(sheet.bars)
            for number, line in enumerate(bar.lines)
            if line is None
        }
        has_chords = melody_vocabulary()["Chords"] in sheet.header
        # The last note is on the tonic of the key that the piece has come to.
        rules = self._rules(wish, bar_contexts(sheet, key, meter)[-1].key, has_chords)
        return plan_sheet(sheet, holes, rules, key, meter)

    def _sampler(self, plan: Plan, drawing: Drawing) -> Autoregressive:
        policies = standard_policies(drawing.temperature, top_p=drawing.top_p)
        return Autoregressive(plan.length, melody_vocabulary()["EOS"], policies, plan.grammar)

    def _drawn(
        self, plan: Plan, drawing: Drawing, rng: list[np.random.Generator]
    ) -> list[list[int]]:
        """What is written after the prompt, for each generator."""
        sampler, start = self._sampler(plan, drawing), np.array([plan.prompt])
        if len(plan.prompt) + expected_length(plan) <= SEEN:
            rows = draw(sampler, self.bundle.model, start, rng=rng).tolist()
        else:
            # A long piece: the model sees its conditions and its latest bars.
            model = self._windowed(plan)
            rows = [draw(sampler, model, start, rng=[each])[0].tolist() for each in rng]
        return [row[len(plan.prompt) :] for row in rows]

    def _windowed(self, plan: Plan) -> Windowed:
        head = plan.head if len(plan.prompt) < SEEN // 2 else len(plan.prompt)
        bars = set(melody_vocabulary().family("Bar"))
        return Windowed(self.bundle.model, SEEN, head, bars, (SEEN - head) // 2)

    def _ranked(self, row: list[int], piece: int, plan: Plan) -> Ranked:
        """A candidate with its figures. The likelihood is of what the model could see at once."""
        written = row[: row.index(melody_vocabulary()["EOS"]) + 1]
        score = self.tokenizer.decode(plan.whole + written)
        ids = np.array([(plan.prompt + written)[:SEEN]])
        losses = self.bundle.model.nats(ids)[0, len(plan.prompt) - 1 :]
        bits = float(losses.sum()) / math.log(2) * len(written) / max(len(losses), 1)
        found = figures(score, bits)
        return Ranked(score, piece, distance(found, self.bundle.about.get("human", {})), found)
