"""Reading JSON from strangers field by field, with errors that name the field."""

from __future__ import annotations

import json
from typing import Any

from muse.works.base import WishError


class Wrong(Exception):
    """The document does not keep to the schema."""


def parsed(data: bytes, name: str) -> Any:
    """A JSON document as Python values. Raises WishError if it is none."""
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise WishError(f"{name} is not JSON: {error or 'nested too deeply'}") from error


def dumped(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def field(row: Any, name: str, kind: type, default: Any = None) -> Any:
    """Entry `name` of an object, of the right type. Raises Wrong."""
    if not isinstance(row, dict):
        raise Wrong(f"where an object with {name!r} belongs stands {str(row)[:40]!r}")
    value = row.get(name, default)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = {
            str: "text", dict: "an object", list: "a list", int: "a whole number",
            bool: "true or false",
        }  # fmt: skip
        raise Wrong(f"{name!r} is to be {names[kind]}, not {str(value)[:40]!r}")
    return value


def rows(row: Any, name: str, default: list | None = None) -> list:
    """Entry `name` of an object, a list. Raises Wrong."""
    return field(row, name, list, default)


def text(row: Any, name: str, default: str | None = None) -> str:
    """Entry `name` of an object, text in whole characters. Raises Wrong."""
    return whole_text(field(row, name, str, default), name)


def texts(row: Any, name: str, default: list | None = None) -> tuple[str, ...]:
    """Entry `name` of an object, a list of texts. Raises Wrong."""
    found = rows(row, name, default)
    for each in found:
        if not isinstance(each, str):
            raise Wrong(f"{name!r} is to be a list of texts; one is {str(each)[:40]!r}")
        whole_text(each, name)
    return tuple(found)


def whole(row: Any, name: str, low: int, high: int, default: int | None = None) -> int:
    """Entry `name` of an object, a whole number from `low` to `high`. Raises Wrong."""
    value = field(row, name, int, default)
    if not low <= value <= high:
        raise Wrong(f"{name!r} is to be {low:,} to {high:,}, not {value}")
    return value


def whole_text(value: str, name: str) -> str:
    """The text, unless it holds half a character. Raises Wrong."""
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong(f"{name!r} holds half a character: {value[:40]!r}")
    return value


def _finite(digits: str) -> float:
    if abs(value := float(digits)) == float("inf"):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not a number of JSON")
