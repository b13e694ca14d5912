"""What all tabs share in Gradio: faults told to the visitor, the desk's parts, how actions are bound."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import gradio as gr

from muse.studio import desk as desks
from muse.studio.desk import Desk
from muse.studio.limits import AT_ONCE, LONGEST_TEXT, MOST_ALTERNATIVES, for_a_page
from muse.studio.shelf import files_of
from muse.works.base import WishError, Work


def told(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action, whose wrong wishes are told to the visitor in one line."""
    if inspect.isgeneratorfunction(action):

        @wraps(action)
        def steps(*values: Any) -> Iterator[Any]:
            try:
                yield from action(*values)
            except WishError as error:
                raise gr.Error(for_a_page(str(error)), print_exception=False) from error

        return steps

    @wraps(action)
    def once(*values: Any) -> Any:
        try:
            return action(*values)
        except WishError as error:
            raise gr.Error(for_a_page(str(error)), print_exception=False) from error

    return once


@dataclass(frozen=True)
class Parts:
    """The components of a tab that show its desk.

    Attributes:
        name: of the tab, which begins the names of its actions for clients.
        page, text_of: from a desk to HTML, from a work to the editor's text.
        desk, view, text, choice, history, files: the components.
    """

    name: str
    page: Callable[[Desk], str]
    text_of: Callable[[Work], str]
    desk: gr.State
    view: gr.HTML
    text: gr.Textbox
    choice: gr.Radio
    history: gr.Dropdown
    files: gr.File

    @property
    def outputs(self) -> list[Any]:
        """Where an action's outcome goes."""
        return [self.desk, self.view, self.text, self.choice, self.history]

    def shown(self, desk: Desk) -> tuple[Any, ...]:
        """An outcome for `outputs`."""
        choices = desk.choices()
        return (
            desk,
            self.page(desk),
            desk.shown,
            gr.Radio(
                choices=choices, value=str(desk.place + 1) if choices else None,
                visible=len(choices) > 1,
            ),
            gr.Dropdown(
                choices=[entry.label for entry in desk.history], value=None,
                visible=len(desk.history) > 1,
            ),
        )  # fmt: skip

    def growing(self, page: str) -> tuple[Any, ...]:
        """A preview for `outputs`: the view alone is another."""
        return (gr.skip(), page, gr.skip(), gr.skip(), gr.skip())

    def act(self, button: Any, action: Callable[..., Any], inputs: Sequence[Any], name: str) -> Any:
        """Bind an action, from the desk and `inputs` to `outputs`, to a button."""
        return button.click(
            told(action), [self.desk, *inputs], self.outputs, api_name=f"{self.name}_{name}",
            concurrency_id="writing", concurrency_limit=AT_ONCE, show_progress_on=self.view,
            show_progress="minimal",
        )  # fmt: skip


def view_parts(
    name: str, page: Callable[[Desk], str], text_of: Callable[[Work], str], *, empty: str, editor: tuple[str, str],
    lines: int,
) -> Parts:  # fmt: skip
    """The works and the choice among them; the editor, files and history are rendered by the tab.

    Args:
        name, page, text_of: as `Parts` has them.
        empty: what stands in place of the works at first.
        editor: its label, and how it is used.
        lines: of the editor.
    """
    state = gr.State(Desk(), time_to_live=3600)
    view = gr.HTML(
        f'<p class="muse-empty">{empty}</p>', label="Page", show_label=False, elem_id=f"{name}-view"
    )
    choice = gr.Radio([], label="Work on alternative", visible=False, elem_id=f"{name}-choice")
    text = gr.Textbox(
        "", label=editor[0], info=editor[1], lines=lines, max_lines=24, max_length=LONGEST_TEXT,
        interactive=True, elem_id=f"{name}-text", elem_classes="muse-editor", render=False,
    )  # fmt: skip
    files = gr.File(
        label="Download", file_count="multiple", interactive=False, visible=False, render=False,
        elem_id=f"{name}-files",
    )  # fmt: skip
    history = gr.Dropdown(
        [], label="History of this visit", info="Bring a former work back.", visible=False,
        elem_id=f"{name}-history", value=None, render=False,
    )  # fmt: skip
    return Parts(name, page, text_of, state, view, text, choice, history, files)


def bind_desk(parts: Parts) -> None:
    """Bind the choice, the history and the files, which are the same in every tab."""

    def choose(desk: Desk, alternative: str) -> tuple[Any, ...]:
        return parts.shown(desks.chosen(desk, alternative, parts.text_of))

    def recall(desk: Desk, label: str) -> tuple[Any, ...]:
        return parts.shown(desks.recalled(desk, label, parts.text_of))

    def files(desk: Desk) -> Any:
        # Of the desk alone: what the page says of its editor may be a step behind.
        if desk.work is None:
            raise WishError("there is nothing here yet: make or upload something first")
        return gr.File(value=files_of(desk.work), visible=True)

    name = parts.name
    shared: dict[str, Any] = {"show_progress": "hidden"}
    parts.choice.input(
        told(choose), [parts.desk, parts.choice], parts.outputs, api_name=f"{name}_choose", **shared
    )
    parts.history.input(
        told(recall), [parts.desk, parts.history], parts.outputs, api_name=f"{name}_recall",
        **shared,
    )  # fmt: skip
    parts.desk.change(
        told(files), [parts.desk], parts.files, api_name=f"{name}_files",
        concurrency_id="files", concurrency_limit=1, **shared,
    )  # fmt: skip


def seed_and_alternatives(name: str) -> tuple[gr.Number, gr.Slider, gr.Checkbox]:
    """The fields of a drawing; a seed stays where it is unless a new one is asked for each time."""
    with gr.Row():
        seed = gr.Number(
            0, label="Seed", precision=0, minimum=0, min_width=100, elem_id=f"{name}-seed",
            info="The same seed and wishes make the same work.",
        )  # fmt: skip
        count = gr.Slider(
            1, MOST_ALTERNATIVES, 1, step=1, label="Alternatives", min_width=140,
            elem_id=f"{name}-alternatives",
        )  # fmt: skip
    fresh = gr.Checkbox(True, label="A new seed each time", elem_id=f"{name}-fresh")
    return seed, count, fresh


NEXT_SEED = "(seed, fresh) => fresh ? Math.floor(Math.random() * 1000000) : seed"
"""Run in the page after an action, so that the next one has another seed."""


def bind_seed(events: Sequence[Any], seed: gr.Number, fresh: gr.Checkbox) -> None:
    """After each of the events, another seed stands in the field if the visitor wants one."""
    for event in events:
        event.success(
            None, [seed, fresh], seed, js=NEXT_SEED, api_visibility="private",
            show_progress="hidden",
        )  # fmt: skip
