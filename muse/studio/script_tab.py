"""How the tab "Script" is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from muse.studio import script
from muse.studio.desk import Desk
from muse.studio.limits import MOST_SPEECHES
from muse.studio.wiring import (
    Parts,
    bind_desk,
    bind_seed,
    seed_and_alternatives,
    told,
    view_parts,
)


def script_tab() -> None:
    """The tab, with its actions bound."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            wish = _wish_fields()
            seed, count, fresh = seed_and_alternatives("script")
            with gr.Row():
                write = gr.Button("Write", variant="primary", elem_id="script-write")
                stop = gr.Button("Stop", variant="stop", min_width=80, elem_id="script-stop")
            with gr.Accordion("Begin with your own script", open=False):
                upload = gr.File(
                    label="Fountain, Final Draft, text or JSON", height=120,
                    file_types=[".fountain", ".fdx", ".txt", ".json"], elem_id="script-upload",
                )  # fmt: skip
        with gr.Column(scale=5, min_width=300):
            parts = view_parts(
                "script", script.page, script.fountain_text,
                empty="Say who speaks and press Write.", lines=8,
                editor=("The scene as Fountain text", "Edit it, then press Keep my words."),
            )  # fmt: skip
            with gr.Tabs():
                with gr.Tab("Redo speeches"), gr.Row():
                    numbers = gr.Textbox("1", label="Speeches to redo", placeholder="3 or 2, 4", elem_id="script-numbers")  # fmt: skip
                    redo = gr.Button("Redo these speeches", min_width=150, elem_id="script-redo")
                with gr.Tab("Continue"), gr.Row():
                    more = gr.Slider(1, MOST_SPEECHES, 4, step=1, label="Speeches more", elem_id="script-more")  # fmt: skip
                    go_on = gr.Button("Continue", min_width=120, elem_id="script-continue")
            parts.text.render()
            keep = gr.Button("Keep my words", size="sm", elem_id="script-keep")
            parts.files.render()
            parts.history.render()
    drawn = [seed, count]
    events = [
        parts.act(write, _write(parts), [*wish, *drawn], "write"),
        parts.act(redo, _redo(parts), [parts.text, numbers, *drawn], "redo"),
        parts.act(go_on, _continue(parts), [parts.text, more, *drawn], "continue"),
    ]
    parts.act(keep, _keep(parts), [parts.text], "show")
    upload.upload(
        _open(parts), [parts.desk, upload], parts.outputs, api_name="script_open",
        show_progress="hidden",
    )  # fmt: skip
    stop.click(None, cancels=events, api_visibility="private")
    bind_desk(parts)
    bind_seed(events, seed, fresh)


def _wish_fields() -> list[Any]:
    """The fields of a wish, in the order of `script.wishes`."""
    setting = gr.Textbox("", label="Setting", placeholder="a storm at sea", max_length=300, elem_id="script-setting")  # fmt: skip
    cast = gr.Textbox("ANNA, PIERRE", label="Cast", info="Names with commas between.", max_length=1000, elem_id="script-cast")  # fmt: skip
    speeches = gr.Slider(1, MOST_SPEECHES, 6, step=1, label="Speeches", elem_id="script-speeches")
    with gr.Accordion("More wishes", open=False):
        opening = gr.Textbox("", label="Opening", placeholder="ANNA: The mast is gone!", lines=2, max_length=4000, elem_id="script-opening")  # fmt: skip
        order = gr.Textbox("", label="Order of speakers", placeholder="ANNA, PIERRE", max_length=1000, elem_id="script-order")  # fmt: skip
        length = gr.Textbox("1-40", label="Words of a speech", max_length=20, elem_id="script-length")  # fmt: skip
        title = gr.Textbox("", label="Title", max_length=300, elem_id="script-title")
        kind = gr.Radio(["either", "verse", "prose"], value="either", label="Speeches in", elem_id="script-kind")  # fmt: skip
    return [setting, cast, speeches, opening, order, length, title, kind]


def _write(parts: Parts) -> Any:
    def write(
        desk: Desk, setting: str, cast: str, speeches: float, opening: str, order: str,
        speech_words: str, title: str, kind: str, seed: float, alternatives: float,
    ) -> Iterator[Any]:  # fmt: skip
        """New scenes, word by word."""
        wish = script.wishes(setting, cast, speeches, opening, order, speech_words, title, kind)
        first, count = script.drawing(seed, alternatives)
        for step in script.writing(desk, wish, first, count):
            yield parts.shown(step) if isinstance(step, Desk) else parts.growing(step)

    return write


def _redo(parts: Parts) -> Any:
    def redo(desk: Desk, fountain: str, speeches: str, seed: float, alternatives: float) -> Any:
        """Speeches of a scene in other words; all others stay."""
        first, count = script.drawing(seed, alternatives)
        return parts.shown(script.redone(desk, fountain, speeches, first, count))

    return redo


def _continue(parts: Parts) -> Any:
    def go_on(desk: Desk, fountain: str, speeches: float, seed: float, alternatives: float) -> Any:
        """A scene as it is, and more speeches."""
        first, count = script.drawing(seed, alternatives)
        return parts.shown(script.continued(desk, fountain, speeches, first, count))

    return go_on


def _keep(parts: Parts) -> Any:
    def keep(desk: Desk, fountain: str) -> Any:
        """A scene that was written by hand."""
        return parts.shown(script.kept(desk, fountain))

    return keep


def _open(parts: Parts) -> Any:
    def open_file(desk: Desk, file: str) -> Any:
        """A scene from a file."""
        return parts.shown(script.uploaded(desk, file))

    return told(open_file)
