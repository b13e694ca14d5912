"""How the studio looks: system fonts, calm colours, light and dark, wide and narrow."""

from __future__ import annotations

from typing import Any

HEADING = (
    "<header><h1>Muse</h1><p>Melodies, verse and scenes in exactly the form you wish. "
    "Everything stays on this machine.</p></header>"
)

TOGGLE = "() => { document.body.classList.toggle('dark'); }"
"""Run in the page: from light to dark and back. At first the page follows the system."""

CSS = """
#muse-top { align-items: center; flex-wrap: nowrap; }
#muse-top h1 { font-size: 1.5rem; font-weight: 650; margin: 0; letter-spacing: .01em; }
#muse-top p { margin: .1rem 0 0; color: var(--body-text-color-subdued); }
.muse-cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.muse-card { border: 1px solid var(--border-color-primary); border-radius: 10px; padding: .8rem 1rem; min-width: 0; background: var(--background-fill-primary); color: var(--body-text-color); }
.muse-card.muse-in-hand { border-color: var(--color-accent); box-shadow: 0 0 0 1px var(--color-accent); }
.muse-card h3 { font-size: .95rem; font-weight: 600; margin: 0 0 .5rem; color: var(--body-text-color-subdued); }
.muse-card summary { cursor: pointer; margin-top: .6rem; }
.muse-card audio { margin-top: .5rem; }
.muse-page { overflow-x: auto; }
.muse-score { width: 100%; min-width: 30rem; max-width: none; background: #fff; border-radius: 6px; margin-top: .4rem; }
.muse-verse { font: 1.1rem/1.75 'Iowan Old Style','Palatino Linotype',Palatino,Georgia,serif; }
.muse-verse:lang(zh) { font-family: 'Kaiti SC',STKaiti,KaiTi,'Songti SC',SimSun,'Noto Serif CJK SC',serif; letter-spacing: .06em; }
.muse-verse h4 { font-size: 1.05em; font-weight: 600; margin: 0 0 .4em; }
.muse-verse ol { list-style: none; margin: 0 0 1em; padding: 0; }
.muse-verse li { display: grid; grid-template-columns: 2.2em 1fr; white-space: pre-wrap; margin: 0; }
.muse-verse li::before { content: attr(value); font: .7rem/2.6 system-ui, sans-serif; color: var(--body-text-color-subdued); letter-spacing: 0; }
.muse-verse li.muse-locked::before { content: attr(value) " \\1F512"; }
.muse-facts { font-size: .85rem; color: var(--body-text-color-subdued); margin: 0; }
.muse-play { white-space: normal; overflow-wrap: anywhere; }
pre.muse-play { white-space: pre-wrap; font: 1rem/1.6 'Iowan Old Style',Palatino,Georgia,serif; }
.muse-number { font: .75rem/1 system-ui, sans-serif; color: var(--body-text-color-subdued); display: inline-block; min-width: 1.6em; }
.muse-growing { opacity: .85; }
.muse-empty { color: var(--body-text-color-subdued); padding: 2.5rem 1rem; text-align: center; border: 1px dashed var(--border-color-primary); border-radius: 10px; }
.muse-editor textarea, .muse-scan textarea { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .8rem; line-height: 1.45; }
.muse-scan textarea { white-space: pre; overflow-x: auto; }
@media (max-width: 640px) { #muse-top p { display: none; } .gradio-container { padding: .5rem !important; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
"""


def theme() -> Any:
    """Gradio's soft theme with fonts of the system."""
    import gradio as gr

    return gr.themes.Soft(
        primary_hue="teal", secondary_hue="teal", neutral_hue="stone",
        font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"),
    ).set(
        block_title_background_fill="transparent", block_title_background_fill_dark="transparent",
        block_title_padding="0", block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color", block_title_text_weight="500",
        block_label_background_fill="transparent", block_label_background_fill_dark="transparent",
        block_label_text_color="*body_text_color", block_label_text_color_dark="*body_text_color",
        button_large_text_weight="500", input_border_width="1px", input_border_width_dark="1px",
        input_border_color="*neutral_300", input_border_color_dark="*neutral_600", body_text_color_subdued="*neutral_500",
    )  # fmt: skip
