"""The studio as one page, and how it is served: from this machine alone, with nothing from elsewhere."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from muse.studio.limits import AT_ONCE, LARGEST_UPLOAD_BYTES, MOST_WAITING
from muse.works.base import WishError

POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
    "form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
)
"""What a browser may load for the page: nothing from another machine (Content Security Policy 3)."""


def build_studio() -> Any:
    """The page, a `gradio.Blocks`, with its queue set up.

    Raises:
        WishError: if Gradio is not installed.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio as gr
    except ImportError as error:
        raise WishError("the studio needs Gradio: pip install 'muse-engine[studio]'") from error
    from muse.studio.look import HEADING, TOGGLE
    from muse.studio.melody_tab import melody_tab
    from muse.studio.script_tab import script_tab
    from muse.studio.verse_tab import verse_tab

    with gr.Blocks(
        title="Muse studio", analytics_enabled=False, delete_cache=(1800, 3600), fill_width=True
    ) as studio:
        with gr.Row(elem_id="muse-top"):
            gr.HTML(HEADING)
            light = gr.Button(
                "Light / dark", size="sm", scale=0, min_width=110, elem_id="muse-light"
            )
        light.click(None, js=TOGGLE, api_visibility="private")
        with gr.Tabs():
            for name, tab in (("Melody", melody_tab), ("Verse", verse_tab), ("Script", script_tab)):
                with gr.Tab(name, id=name.lower(), render_children=True):
                    tab()
    return studio.queue(max_size=MOST_WAITING, default_concurrency_limit=AT_ONCE)


def serve(
    host: str = "127.0.0.1", port: int | None = None, *, open_browser: bool = False,
    block: bool = True,
) -> str:  # fmt: skip
    """Serve the studio; returns its address if it does not block.

    Args:
        host: "127.0.0.1" for this machine alone, "0.0.0.0" for all that can reach it.
        port: None takes the first free one from 7860 on.
        open_browser: whether the page is opened too.
        block: whether to stay until the program is stopped.

    Raises:
        WishError: if Gradio is not installed, or the port is taken.
    """
    return started(build_studio(), host, port, open_browser=open_browser, block=block)


def started(
    studio: Any, host: str, port: int | None, *, open_browser: bool = False, block: bool = False
) -> str:
    """Start serving a page that was built; returns its address."""
    from starlette.middleware import Middleware

    from muse.studio.look import CSS, theme

    try:
        _, address, _ = studio.launch(
            server_name=host, server_port=port, inbrowser=open_browser, prevent_thread_lock=True,
            share=False, quiet=True, ssr_mode=False, enable_monitoring=False, run_history=False,
            max_file_size=LARGEST_UPLOAD_BYTES, state_session_capacity=200,
            footer_links=["api"], theme=theme(), css=CSS, favicon_path=None, pwa=False,
            app_kwargs={"middleware": [Middleware(Offline)]},
        )  # fmt: skip
    except OSError as error:
        raise WishError(f"--port {port}: {error}") from error
    threading.Thread(target=warm, daemon=True).start()
    if block:
        print(f"Muse studio: {address} (Ctrl-C stops it)", flush=True)
        studio.block_thread()
    return str(address)


def warm() -> None:
    """Load what the first visitor would wait for: the melodies' bundle and what engraves them."""
    from muse.studio.desk import Desk
    from muse.studio.melody import composed, page

    try:
        page(composed(Desk(), {"bars": 1}, {"seed": 0, "variations": 1}))
    except WishError as error:
        print(f"muse: {error}", file=sys.stderr)


class Offline:
    """Middleware (ASGI) that keeps the page to this machine.

    It takes the addresses of other machines out of the page's head, where Gradio's own pictures are
    named for social networks, and tells browsers to load nothing from elsewhere.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _without_addresses(send))


def _without_addresses(send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """`send`, which holds a page back until it is whole and then sends it without addresses."""
    begin: dict[str, Any] = {}
    held: list[bytes] = []

    async def later(message: Any) -> None:
        if message["type"] == "http.response.start":
            begin.update(message)
            return
        held.append(message.get("body", b""))
        if message.get("more_body"):
            return
        page = own_page(b"".join(held))
        headers = [pair for pair in begin["headers"] if pair[0].lower() != b"content-length"]
        headers += [
            (b"content-length", str(len(page)).encode()),
            (b"content-security-policy", POLICY.encode()),
            (b"referrer-policy", b"no-referrer"),
        ]
        await send({**begin, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    return later


def own_page(page: bytes) -> bytes:
    """A page of Gradio's without the entries for social networks and its example file's address."""
    page = page.replace(b"https://github.com/gradio-app/gradio/raw/main/test/test_files/", b"")
    return re.sub(rb"<meta\s+(?:property=\"og:|name=\"twitter:)[^>]*>\s*", b"", page)
