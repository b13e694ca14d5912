"""The blender: moves between two tunes, around one, along an attribute, or draws new ones.

All of it is a walk through the latent space of bars; the grammar keeps meter, bars and key on every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch

from muse.bundle_network import NetworkBundle
from muse.evaluate.attributes import ATTRIBUTES, attributes
from muse.grammar.harmony import PitchRules
from muse.makers.dressing import account, dressed
from muse.makers.frames import (
    Frame,
    allowed_classes,
    empty_sheet,
    frame_of,
    melody_only,
    one_line,
    put_into,
)
from muse.makers.latent_space import LatentSpace, load_space
from muse.makers.latent_writing import Rows, closeness, encoded, resampled, window_ranges, written
from muse.makers.ranking import Ranked
from muse.makers.wishes import Drawing, asked, key_classes
from muse.models.latent import LatentModel
from muse.sampling.base import draw, generators
from muse.sampling.walk import Walk, slerp
from muse.tokens.melody import Sheet
from muse.tokens.melody_reading import score_of_sheet
from muse.works.base import WishError
from muse.works.score import Score

FAITHFUL: dict[str, Any] = {"temperature": 0.5, "candidates": 4}
"""How tunes between or near given ones are drawn, unless it is said: several, the nearest kept."""

MOST_STEPS = 64
MOST_AMOUNT = 4.0
"""Spreads of an attribute that may be asked for."""

SAMPLED = ("bars", "key", "meter", "style", "tempo")
"""Wishes of a new tune that the latent space knows."""


class Blender:
    """Makes tunes by their latents, with a bundle of kind `blend`."""

    def __init__(self, bundle: NetworkBundle) -> None:
        self.bundle = bundle
        self.model = cast(LatentModel, bundle.model)

    @cached_property
    def space(self) -> LatentSpace | None:
        """Directions and map of the bundle, None if it has none. Raises WishError."""
        return load_space(self.bundle.folder, self.model.config.latent_size)

    def encode(self, tune: Score) -> Rows:
        """The latents of a tune's bars, pick-up first, (n, D): means, each window's before the bar's."""
        return encoded(self.model, melody_only(one_line(tune)))

    # What is asked for ------------------------------------------------------------------------

    def blend(
        self, a: Score, b: Score, steps: int = 7, straight: bool = False, **options: Any
    ) -> list[Score]:
        """Tunes from `a` to `b`, both ends as they are given, note for note.

        Up to the middle they have the meter, key and pick-up of `a`, behind it those of `b`; their
        lengths go over from one to the other bar by bar (see `makers/frames.py`).

        Args:
            a, b: the ends.
            steps: how many tunes, the ends included.
            straight: along lines and not along the sphere.
            options: seed, temperature, top_p, candidates (the nearest to its place is kept).
        """
        drawing = _drawing(options, FAITHFUL)
        if not isinstance(steps, int) or not 2 <= steps <= MOST_STEPS:
            raise WishError(f"--steps must be from 2 to {MOST_STEPS}, not {steps}")
        ends = one_line(a), one_line(b)
        frames = frame_of(ends[0]), frame_of(ends[1])
        walks = [self._walk(ends, frame, Walk(steps, straight)) for frame in frames]
        made = [a]
        for step in range(1, steps - 1):
            side = int(2 * step > steps - 1)
            part = step / (steps - 1)
            bars = round(ends[0].bars + part * (ends[1].bars - ends[0].bars))
            rows = resampled(walks[side][step], bars)
            frame = frames[side]
            if frame.pickup:
                own = encoded(self.model, put_into(ends[side], frame))[:1]
                rows = np.concatenate((own, rows))
            sheet, theme = empty_sheet(frame, bars), (a, b)[side]
            best = self._nearest(sheet, rows, frame.classes, drawing, step)
            tempo = a.tempo ** (1 - part) * b.tempo**part
            title = f"{a.title or 'A'} to {b.title or 'B'}, {step + 1} of {steps}"
            about = {"steps": steps, "step": step + 1, "part": round(part, 4)}
            made.append(self._handed(best, "blend", about, drawing, theme, tempo, title))
        return [*made, b]

    def vary(self, theme: Score, amount: float = 0.3, **options: Any) -> Score | list[Score]:
        """The theme moved a part `amount` (0 to 1) of the way towards new tunes, chosen by the seed."""
        drawing = _drawing(options, FAITHFUL)
        if not 0 < amount <= 1:
            raise WishError(f"--amount must lie above 0 and up to 1, not {amount:g}")
        line = one_line(theme)
        sheet = melody_only(line)
        rows = encoded(self.model, sheet)
        made = []
        for number in range(drawing.variations):
            aim = self._prior(sheet, generators(drawing.seed, 1, -1 - number)[0])
            moved = self._towards(rows, aim, amount)
            best = self._nearest(sheet, moved, allowed_classes(line), drawing, number)
            title = f"{theme.title or 'Theme'}, variation {number + 1}"
            about = {"amount": amount}
            made.append(self._handed(best, "vary", about, drawing, theme, theme.tempo, title))
        return made if options.get("variations") is not None else made[0]

    def steer(
        self, theme: Score, amounts: Mapping[str, float] | None = None, **options: Any
    ) -> Score | list[Score]:
        """The theme with more or less of some attributes, counted in spreads of human tunes.

        Args:
            theme: a tune.
            amounts: such as `{"density": 1, "leaps": -1}`; the names are those of `ATTRIBUTES`.
            options: seed, temperature, top_p, variations, candidates (the one that measures
                nearest to what is asked is kept).
        """
        drawing = _drawing(options, FAITHFUL)
        asked_for = {name: float(value) for name, value in (amounts or {}).items()}
        step = self._step(asked_for)
        line = one_line(theme)
        sheet = melody_only(line)
        rows = (encoded(self.model, sheet) + step).astype(np.float32)
        space = cast(LatentSpace, self.space)
        known = [space.directions.get(name) for name in ATTRIBUTES]
        spread = np.array([each.spread if each else np.inf for each in known])
        wanted = np.array([asked_for.get(name, 0.0) for name in ATTRIBUTES])
        before, classes = attributes(line), allowed_classes(line)
        made: list[Ranked] = []
        for piece, found in self._drawn(sheet, rows, classes, drawing, drawing.variations):
            score = score_of_sheet(found)
            reached = (attributes(score) - before) / np.maximum(spread, 1e-6)
            figures = {name: round(float(each), 3) for name, each in zip(ATTRIBUTES, reached)}
            made.append(Ranked(score, piece, float(np.square(reached - wanted).sum()), figures))
        groups = [made[i : i + drawing.candidates] for i in range(0, len(made), drawing.candidates)]
        chosen = [min(group, key=lambda each: each.distance) for group in groups]
        title = f"{theme.title or 'Theme'}, steered"
        scores = [
            self._handed(best, "steer", asked_for, drawing, theme, theme.tempo, title)
            for best in chosen
        ]
        return scores if options.get("variations") is not None else scores[0]

    def sample(self, bars: int = 4, **options: Any) -> Score | list[Score]:
        """New tunes drawn from the prior: bars, key (C), meter (4/4), style, tempo and a drawing."""
        wish, drawing = asked({"bars": bars, **options})
        for name, value in options.items():
            known = (*SAMPLED, *Drawing.__dataclass_fields__)
            if value is not None and name not in known:
                raise WishError(f"a latent space knows no {name}; it knows {', '.join(known)}")
        wish = replace(wish, key=wish.key or "C", meter=wish.meter or "4/4")
        key, meter = wish.parsed_key(), wish.parsed_meter()
        assert key is not None and meter is not None
        frame = Frame(meter, key, 0, key_classes(key))
        sheet = empty_sheet(frame, wish.bars, wish.style or "")
        made = []
        for number in range(drawing.variations):
            rows = self._prior(sheet, generators(drawing.seed, 1, -1 - number)[0])
            best = self._nearest(sheet, rows, frame.classes, drawing, number)
            said = {name: v for name, v in wish.settings().items() if name in SAMPLED}
            settings = {**said, **drawing.__dict__}
            about = account(cast(Any, self.bundle), "sample", settings, best, number)
            made.append(dressed(best.score, None, wish.tempo, about))
        return made if options.get("variations") is not None else made[0]

    # How it is done ---------------------------------------------------------------------------

    def _walk(self, ends: tuple[Score, Score], frame: Frame, walk: Walk) -> list[Rows]:
        """Latents of the full bars at each step, in a frame; all steps have as many as the longer end."""
        found = []
        for score in ends:
            rows = encoded(self.model, put_into(score, frame))
            found.append(rows[int(bool(score.pickup)) :])
        count = max(map(len, found))
        start = torch.tensor(np.array([resampled(rows, count).ravel() for rows in found]))
        states: torch.Tensor = draw(walk, None, start, rng=())
        return [state.reshape(count, -1).numpy() for state in states]

    def _prior(self, sheet: Sheet, rng: np.random.Generator) -> Rows:
        """Latents of a sheet's bars drawn from the prior: one for each window, one for each bar."""
        whole, size = self.model.config.whole_size, self.model.config.latent_size
        rows = rng.standard_normal((len(sheet.bars), size)).astype(np.float32)
        for places in window_ranges(sheet):
            rows[places.start : places.stop, :whole] = rows[places.start, :whole]
        return rows

    def _towards(self, rows: Rows, aim: Rows, part: float) -> Rows:
        """Each bar's latents part of the way to another's, the window's and its own each by itself."""
        whole = self.model.config.whole_size
        moved = np.empty_like(rows)
        for place, (own, other) in enumerate(zip(torch.from_numpy(rows), torch.from_numpy(aim))):
            halves = (slice(None, whole), slice(whole, None))
            moved[place] = torch.cat([slerp(own[h], other[h], part) for h in halves]).numpy()
        return moved

    def _step(self, amounts: Mapping[str, float]) -> np.ndarray:
        """What asked amounts of attributes add to each bar's latents, (D,). Raises WishError."""
        if not amounts:
            raise WishError(f"say what to steer: {', '.join(f'--{name} 1' for name in ATTRIBUTES)}")
        if self.space is None:
            raise WishError(f"{self.bundle.name} has no directions: muse publish measures them")
        total = np.zeros(self.model.config.latent_size)
        for name, amount in amounts.items():
            if name not in self.space.directions:
                known = ", ".join(self.space.directions)
                raise WishError(f"{self.bundle.name} has no direction {name!r}; it has: {known}")
            if not abs(amount) <= MOST_AMOUNT:
                raise WishError(
                    f"--{name} must lie from -{MOST_AMOUNT:g} to {MOST_AMOUNT:g}, not {amount:g}"
                )
            total += amount * np.array(self.space.directions[name].step)
        return total

    def _drawn(
        self, sheet: Sheet, rows: Rows, classes: frozenset[int], drawing: Drawing, count: int,
        first: int = 0,
    ) -> list[tuple[int, Sheet]]:  # fmt: skip
        """`count` times the candidates of one place, with their numbers."""
        pieces = range(first, first + count * drawing.candidates)
        rng = generators(drawing.seed, len(pieces), first)
        copies = np.repeat(rows[None], len(pieces), axis=0)
        found = written(self.model, sheet, copies, PitchRules(scale=classes), drawing, rng)
        return list(zip(pieces, found))

    def _nearest(
        self, sheet: Sheet, rows: Rows, classes: frozenset[int], drawing: Drawing, number: int
    ) -> Ranked:
        """Of the candidates of place `number` the one whose own latents lie nearest to `rows`."""
        first = number * drawing.candidates
        ranked = []
        for piece, found in self._drawn(sheet, rows, classes, drawing, 1, first):
            apart = closeness(self.model, found, rows)
            figures = {"latent_distance": round(apart, 4)}
            ranked.append(Ranked(score_of_sheet(found), piece, apart, figures))
        return min(ranked, key=lambda each: each.distance)

    def _handed(
        self, best: Ranked, verb: str, about: Mapping[str, Any], drawing: Drawing, theme: Score,
        tempo: float, title: str,
    ) -> Score:  # fmt: skip
        """A tune as it is handed over: it sounds as the theme does, and says how it was made."""
        settings = {**about, **drawing.__dict__}
        told = account(cast(Any, self.bundle), verb, settings, best, 0)
        told["figures"] = dict(best.figures)
        part = next(part for part in theme.parts if part.notes)
        lead = replace(part, notes=best.score.melody.notes)
        return replace(
            best.score,
            parts=(lead,),
            tempos=((0, round(tempo, 2)),),
            title=title,
            style=theme.style,
        ).with_provenance(told)


def _drawing(options: Mapping[str, Any], usual: Mapping[str, Any]) -> Drawing:
    """The drawing that options ask for. Raises WishError for any other option."""
    said = {name: value for name, value in options.items() if value is not None}
    other: Sequence[str] = [name for name in said if name not in Drawing.__dataclass_fields__]
    if other:
        raise WishError(
            f"unknown option {other[0]!r} of a walk through latents; known: "
            + ", ".join(Drawing.__dataclass_fields__)
        )
    _, drawing = asked({**usual, **said})
    return drawing
