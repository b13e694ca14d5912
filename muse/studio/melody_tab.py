"""How the tab "Melody" is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from muse.studio import melody
from muse.studio.desk import Desk
from muse.studio.limits import MOST_BARS
from muse.studio.wiring import Parts, bind_desk, bind_seed, seed_and_alternatives, told, view_parts
from muse.theory.meter import METERS
from muse.tokens.melody import STYLES

KEYS = [
    f"{tonic}{mode}" for mode in ("", " minor", " dorian", " mixolydian")
    for tonic in ("C", "G", "D", "A", "E", "F", "Bb", "Eb")
]  # fmt: skip


def melody_tab() -> None:
    """The tab, with its actions bound."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            wish, more = _wish_fields()
            seed, count, fresh = seed_and_alternatives("melody")
            with gr.Row():
                compose = gr.Button("Compose", variant="primary", elem_id="melody-compose")
                stop = gr.Button("Stop", variant="stop", min_width=80, elem_id="melody-stop")
            with gr.Accordion("Begin with your own tune", open=False):
                upload = gr.File(
                    label="MIDI, MusicXML, ABC or JSON", height=120, elem_id="melody-upload",
                    file_types=[".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc", ".json"],
                )  # fmt: skip
        with gr.Column(scale=5, min_width=300):
            parts = view_parts(
                "melody", melody.page, melody.abc_text,
                empty="Wish for something and press Compose.", lines=6,
                editor=("Notes as ABC text", "Edit them, then press Show my notes."),
            )  # fmt: skip
            with gr.Tabs():
                with gr.Tab("Redo bars"), gr.Row():
                    first = gr.Number(1, label="From bar", precision=0, min_width=90, elem_id="melody-first")  # fmt: skip
                    last = gr.Number(2, label="To bar", precision=0, min_width=90, elem_id="melody-last")  # fmt: skip
                    fill = gr.Button("Redo these bars", min_width=120, elem_id="melody-fill")
                with gr.Tab("Lock bars"), gr.Row():
                    locked = gr.Textbox("", label="Locked bars", placeholder="1-4, 8", elem_id="melody-locked")  # fmt: skip
                    around = gr.Button("Redo the others", min_width=120, elem_id="melody-around")
                with gr.Tab("Continue"), gr.Row():
                    further = gr.Slider(1, 32, 8, step=1, label="Bars more", elem_id="melody-further")  # fmt: skip
                    go_on = gr.Button("Continue", min_width=120, elem_id="melody-continue")
                with gr.Tab("Vary"), gr.Row():
                    amount = gr.Slider(0.1, 1.0, 0.3, step=0.1, label="Share of the bars", elem_id="melody-amount")  # fmt: skip
                    vary = gr.Button("Vary", min_width=120, elem_id="melody-vary")
                with gr.Tab("Harmonize"), gr.Row():
                    setting = gr.Radio([*melody.SETTINGS], value="chords", label="With", elem_id="melody-setting")  # fmt: skip
                    harmonize = gr.Button("Harmonize", min_width=120, elem_id="melody-harmonize")
            parts.text.render()
            show = gr.Button("Show my notes", size="sm", elem_id="melody-show")
            parts.files.render()
            parts.history.render()
    drawn = [seed, count]
    compose_event = parts.act(compose, _compose(parts), [*wish, *more, *drawn], "compose")
    events = [
        compose_event,
        parts.act(fill, _fill(parts), [parts.text, first, last, *more, *drawn], "fill"),
        parts.act(around, _around(parts), [parts.text, locked, *more, *drawn], "redo"),
        parts.act(go_on, _continue(parts), [parts.text, further, *more, *drawn], "continue"),
        parts.act(vary, _vary(parts), [parts.text, amount, *more, *drawn], "vary"),
        parts.act(harmonize, _harmonize(parts), [parts.text, setting, *drawn], "harmonize"),
    ]
    parts.act(show, _show(parts), [parts.text], "show")
    upload.upload(
        _told_upload(parts), [parts.desk, upload], parts.outputs, api_name="melody_open",
        show_progress="hidden",
    )  # fmt: skip
    stop.click(None, cancels=events, api_visibility="private")
    bind_desk(parts)
    bind_seed(events, seed, fresh)


def _wish_fields() -> tuple[list[Any], list[Any]]:
    """The fields of a new melody, and those that hold for new bars of any tune."""
    with gr.Row():
        bars = gr.Slider(1, MOST_BARS, 8, step=1, label="Bars", min_width=140, elem_id="melody-bars")  # fmt: skip
        meter = gr.Dropdown(["", *map(str, METERS)], value="", label="Meter", min_width=100, elem_id="melody-meter")  # fmt: skip
    with gr.Row():
        key = gr.Dropdown(["", *KEYS], value="D", label="Key", min_width=100, allow_custom_value=True, elem_id="melody-key")  # fmt: skip
        style = gr.Dropdown(["", *STYLES], value="", label="Style", min_width=100, elem_id="melody-style")  # fmt: skip
    with gr.Accordion("More wishes", open=False):
        tempo = gr.Number(None, label="Beats a minute", minimum=10, maximum=400, elem_id="melody-tempo")  # fmt: skip
        chords = gr.Textbox("", label="Chords", placeholder="| D | A7 | Bm G | D |", elem_id="melody-chords", max_length=2000)  # fmt: skip
        reach = gr.Textbox("", label="Range", placeholder="D4-B5", elem_id="melody-range", max_length=20)  # fmt: skip
        leap = gr.Number(None, label="Largest leap (semitones)", precision=0, elem_id="melody-leap")  # fmt: skip
    return [bars, key, meter, style, tempo], [chords, reach, leap]


def _compose(parts: Parts) -> Any:
    def compose(
        desk: Desk, bars: float, key: str, meter: str, style: str, tempo: float | None,
        chords: str, range: str, largest_leap: float | None, seed: float, alternatives: float,
    ) -> Iterator[Any]:  # fmt: skip
        """New melodies; the first grows bar by bar."""
        wish = melody.wishes(bars, key, meter, style, tempo, chords, range, largest_leap)
        drawn = melody.drawing(seed, alternatives)
        for page in melody.growing(wish, drawn["seed"]):
            yield parts.growing(page)
        yield parts.shown(melody.composed(desk, wish, drawn))

    return compose


def _fill(parts: Parts) -> Any:
    def fill(
        desk: Desk, abc: str, from_bar: float, to_bar: float, chords: str, range: str,
        largest_leap: float | None, seed: float, alternatives: float,
    ) -> Any:  # fmt: skip
        """Bars of a tune written anew; all others stay."""
        wish = melody.wishes(chords=chords, range=range, largest_leap=largest_leap)
        drawn = melody.drawing(seed, alternatives)
        return parts.shown(melody.filled(desk, abc, from_bar, to_bar, wish, drawn))

    return fill


def _around(parts: Parts) -> Any:
    def redo(
        desk: Desk, abc: str, locked_bars: str, chords: str, range: str,
        largest_leap: float | None, seed: float, alternatives: float,
    ) -> Any:  # fmt: skip
        """Every bar written anew that is not locked."""
        wish = melody.wishes(chords=chords, range=range, largest_leap=largest_leap)
        drawn = melody.drawing(seed, alternatives)
        return parts.shown(melody.redone_around(desk, abc, locked_bars, wish, drawn))

    return redo


def _continue(parts: Parts) -> Any:
    def go_on(
        desk: Desk, abc: str, bars: float, chords: str, range: str, largest_leap: float | None,
        seed: float, alternatives: float,
    ) -> Any:  # fmt: skip
        """A tune, note for note, and new bars after it."""
        wish = melody.wishes(bars, chords=chords, range=range, largest_leap=largest_leap)
        drawn = melody.drawing(seed, alternatives)
        return parts.shown(melody.continued(desk, abc, wish, drawn))

    return go_on


def _vary(parts: Parts) -> Any:
    def vary(
        desk: Desk, abc: str, amount: float, chords: str, range: str, largest_leap: float | None,
        seed: float, alternatives: float,
    ) -> Any:  # fmt: skip
        """A tune with a share of its bars written anew."""
        wish = melody.wishes(chords=chords, range=range, largest_leap=largest_leap)
        drawn = melody.drawing(seed, alternatives)
        return parts.shown(melody.varied(desk, abc, amount, wish, drawn))

    return vary


def _harmonize(parts: Parts) -> Any:
    def harmonize(desk: Desk, abc: str, setting: str, seed: float, alternatives: float) -> Any:
        """Chords over a tune, or the tune in four parts."""
        drawn = melody.drawing(seed, alternatives)
        return parts.shown(melody.harmonized(desk, abc, setting, drawn))

    return harmonize


def _show(parts: Parts) -> Any:
    def show(desk: Desk, abc: str) -> Any:
        """A tune that was written by hand."""
        return parts.shown(melody.heard(desk, abc))

    return show


def _told_upload(parts: Parts) -> Any:

    def open_file(desk: Desk, file: str) -> Any:
        """A tune from a file."""
        return parts.shown(melody.uploaded(desk, file))

    return told(open_file)
