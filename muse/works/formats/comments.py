"""JSON inside comments of XML, HTML and Markdown, where no `--` and no `>` may stand."""

from __future__ import annotations

import json
import re
from typing import Any

_OPENING = "muse "


def comment_text(account: dict[str, Any]) -> str:
    """What stands between `<!--` and `-->`: the word muse and JSON."""
    text = json.dumps(account, ensure_ascii=False).replace("--", "-\\u002d")
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    # Spoiled halves of characters and what XML cannot hold are written as escapes.
    text = re.sub("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)
    return f" {_OPENING}{text} "


def read_comment(text: str) -> dict[str, Any] | None:
    """The JSON object in a comment that `comment_text` has written; None for any other."""
    text = text.strip()
    if not text.startswith(_OPENING):
        return None
    try:
        account = json.loads(text.removeprefix(_OPENING))
    except (ValueError, RecursionError):
        return None
    return account if isinstance(account, dict) else None


def split_comments(text: str) -> tuple[list[str], str]:
    """What stands in the comments of a text, and the text without them."""
    comments, kept, at = [], [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        comments.append(text[start + 4 : end])
        kept.append(text[at:start])
        at = end + 3
    return comments, "".join([*kept, text[at:]])
