"""The verb that opens the studio in a browser."""

from __future__ import annotations

import argparse


def studio(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse studio`."""
    from muse.studio.app import serve

    serve(options.host, options.port, open_browser=options.open)
