"""How the tab "Verse" is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from muse.studio import verse
from muse.studio.desk import Desk
from muse.studio.limits import checked_text
from muse.studio.wiring import (
    Parts,
    bind_desk,
    bind_seed,
    seed_and_alternatives,
    told,
    view_parts,
)


def verse_tab() -> None:
    """The tab, with its actions bound."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            language, form, wish = _wish_fields()
            seed, count, fresh = seed_and_alternatives("verse")
            with gr.Row():
                write = gr.Button("Write", variant="primary", elem_id="verse-write")
                stop = gr.Button("Stop", variant="stop", min_width=80, elem_id="verse-stop")
            with gr.Accordion("Begin with your own poem", open=False):
                upload = gr.File(
                    label="Text, Markdown or JSON", height=120, elem_id="verse-upload",
                    file_types=[".txt", ".md", ".json"],
                )  # fmt: skip
        with gr.Column(scale=5, min_width=300):
            parts = view_parts(
                "verse", verse.page, verse.poem_text,
                empty="Choose a form and press Write.", lines=8,
                editor=("The poem as text", "Edit it, then press Keep my words."),
            )  # fmt: skip
            with gr.Tabs():
                with gr.Tab("Redo lines"), gr.Row():
                    lines = gr.Textbox("1", label="Lines to redo", placeholder="3 or 1-2, 5", elem_id="verse-lines")  # fmt: skip
                    redo = gr.Button("Redo these lines", min_width=130, elem_id="verse-redo")
                with gr.Tab("Lock lines"), gr.Row():
                    locked = gr.Textbox("", label="Locked lines", placeholder="1, 3", elem_id="verse-locked")  # fmt: skip
                    around = gr.Button("Redo the others", min_width=130, elem_id="verse-around")
            with gr.Row(equal_height=False):
                with gr.Column(scale=2, min_width=260):
                    parts.text.render()
                    keep = gr.Button("Keep my words", size="sm", elem_id="verse-keep")
                with gr.Column(scale=3, min_width=280):
                    scan = gr.Textbox(
                        label="Scan", lines=8, max_lines=30, interactive=False, elem_classes="muse-scan",
                        elem_id="verse-scan",
                    )  # fmt: skip
            parts.files.render()
            parts.history.render()
    drawn = [seed, count]
    events = [
        parts.act(write, _write(parts), [language, *wish, *drawn], "write"),
        parts.act(redo, _redo(parts), [parts.text, lines, form, *drawn], "redo"),
        parts.act(around, _around(parts), [parts.text, locked, form, *drawn], "redo_others"),
    ]
    parts.act(keep, _keep(parts), [parts.text], "show")
    upload.upload(
        _open(parts), [parts.desk, upload], parts.outputs, api_name="verse_open",
        show_progress="hidden",
    )  # fmt: skip
    stop.click(None, cancels=events, api_visibility="private")
    language.input(_forms, language, form, api_name="verse_forms", show_progress="hidden")
    parts.text.change(
        told(_scan), parts.text, scan, api_name="verse_scan", show_progress="hidden",
        trigger_mode="always_last", concurrency_id="scan", concurrency_limit=1,
    )  # fmt: skip
    bind_desk(parts)
    bind_seed(events, seed, fresh)


def _wish_fields() -> tuple[gr.Radio, gr.Dropdown, list[Any]]:
    """The language, the form, and all fields of a wish after the language."""
    language = gr.Radio([*verse.LANGUAGES], value="English", label="Language", elem_id="verse-language")  # fmt: skip
    theme = gr.Textbox("", label="Theme", placeholder="winter sea", max_length=200, elem_id="verse-theme")  # fmt: skip
    form = gr.Dropdown(
        verse.forms("English"), value="quatrains", label="Form", elem_id="verse-form",
        allow_custom_value=True,
    )  # fmt: skip
    acrostic = gr.Textbox("", label="Acrostic", info="What the lines' first letters or characters spell.", max_length=60, elem_id="verse-acrostic")  # fmt: skip
    with gr.Accordion("More wishes", open=False):
        count = gr.Number(None, label="Lines, where the form leaves it open", precision=0, elem_id="verse-count")  # fmt: skip
        rhyme = gr.Textbox("", label="Rhyme", info="A scheme such as ABAB; in Chinese a group such as 东.", max_length=60, elem_id="verse-rhyme")  # fmt: skip
        title = gr.Textbox("", label="Title", max_length=200, elem_id="verse-title")
        ends = gr.Textbox("", label="Line ends", placeholder="1: sea\n3: 花", lines=2, max_length=2000, elem_id="verse-ends")  # fmt: skip
        words = gr.Textbox("", label="Words in lines", placeholder="2: lantern", lines=2, max_length=2000, elem_id="verse-words")  # fmt: skip
        fixed = gr.Textbox("", label="Fixed lines", placeholder="1: The winter sea is grey and wide", lines=2, max_length=4000, elem_id="verse-fixed")  # fmt: skip
    return language, form, [theme, form, count, acrostic, rhyme, title, ends, words, fixed]


def _forms(language: str) -> Any:
    """The forms of a language."""
    known = verse.forms(language)
    usual = "七绝" if language == "中文" else "quatrains"
    return gr.Dropdown(choices=known, value=usual)


def _scan(text: str) -> str:
    """How a poem scans."""
    text = checked_text("the poem", text)
    return verse.scan(text) if text.strip() else ""


def _write(parts: Parts) -> Any:
    def write(
        desk: Desk, language: str, theme: str, form: str, lines: float | None, acrostic: str,
        rhyme: str, title: str, ends: str, words: str, fixed_lines: str, seed: float,
        alternatives: float,
    ) -> Iterator[Any]:  # fmt: skip
        """New poems; the first grows before the eyes."""
        wish = verse.wishes(
            language, theme, form, lines, acrostic, rhyme, title, ends, words, fixed_lines
        )
        drawn = verse.drawing(seed, alternatives)
        for page in verse.growing(language, wish, drawn["seed"]):
            yield parts.growing(page)
        yield parts.shown(verse.written(desk, language, wish, drawn))

    return write


def _redo(parts: Parts) -> Any:
    def redo(desk: Desk, text: str, lines: str, form: str, seed: float, alternatives: float) -> Any:
        """Lines of a poem in other words; all others stay."""
        drawn = verse.drawing(seed, alternatives)
        return parts.shown(verse.redone(desk, text, lines, form, drawn))

    return redo


def _around(parts: Parts) -> Any:
    def redo_others(
        desk: Desk, text: str, locked_lines: str, form: str, seed: float, alternatives: float
    ) -> Any:
        """Every line in other words that is not locked."""
        drawn = verse.drawing(seed, alternatives)
        return parts.shown(verse.redone_around(desk, text, locked_lines, form, drawn))

    return redo_others


def _keep(parts: Parts) -> Any:
    def keep(desk: Desk, text: str) -> Any:
        """A poem that was written by hand."""
        return parts.shown(verse.kept(desk, text))

    return keep


def _open(parts: Parts) -> Any:
    def open_file(desk: Desk, file: str) -> Any:
        """A poem from a file."""
        return parts.shown(verse.uploaded(desk, file))

    return told(open_file)
