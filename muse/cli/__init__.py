"""The command `muse`. Exit codes: 0 done, 2 the wish or the input is wrong, 1 a fault of ours."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    from muse.cli.parser import build_parser
    from muse.works.base import WishError

    parser = build_parser()
    options, rest = parser.parse_known_args(list(arguments))
    if rest and not options.takes_overrides:
        parser.error(f"unknown option {rest[0]!r}; see: muse {options.verb} --help")
    try:
        options.act(options, rest)
    except WishError as error:
        print(f"muse: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("muse: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0
