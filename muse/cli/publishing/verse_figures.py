"""Figures of `muse evaluate` of verse as tables of a model card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]
Table = Callable[[tuple[str, ...], list[tuple[Any, ...]]], str]
"""Heads and rows to Markdown."""


def likelihood(found: dict[str, Figures], table: Table) -> str:
    """Bits a character of the network, under each reading, and of the n-gram."""
    model, ngram = found.get("likelihood", {}), found.get("ngram", {})
    rows: list[tuple[Any, ...]] = []
    for texts in [key for key in {**model, **ngram} if ", " in key]:
        for label, each in model.get(texts, {}).items():
            share = ngram.get(texts, {}).get("model_needs_less", {}).get(label)
            rows.append((texts, f"this network, {label}", *_bits(each), _less(share)))
        if texts in ngram:
            each = ngram[texts]
            rows.append((texts, f"Kneser-Ney of order {each['order']}", *_bits(each), ""))
    heads = ("texts", "model", "bits/character (95 %)", "texts", "characters", "than Kneser-Ney")
    return f"""{table(heads, rows)}

All bits of a text, its line feeds, its end and, of the network, its labels of rhyme and length, over \
its characters. "Nothing told": only form, number of lines and cast stand before the text, and are counted; \
"header told": author, title and themes are given. "Backward": each line from its last word. The n-gram is \
interpolated modified Kneser-Ney over the characters of the same training texts, its order chosen on the \
validation split."""


def _bits(each: Figures) -> tuple[str, str, str]:
    low, high = each["interval_95"]
    bits = f"{each['bits_per_character']:.3f} ({low:.3f} to {high:.3f})"
    return bits, f"{each['texts']:,}", f"{each['characters']:,}"


def _less(share: Figures | None) -> str:
    if share is None:
        return ""
    low, high = share["interval_95"]
    return f"{-share['share']:+.1%} ({-high:+.1%} to {-low:+.1%})"


def form(found: dict[str, Figures], table: Table) -> str:
    """How many poems break a rule of their form or wish."""
    figures = found["form"]
    broken = ", ".join(f"{rule} {count}" for rule, count in figures["rules"].items()) or "none"
    rows = [
        (f"{figures['poems']:,}", len(figures["drawn"]), f"**{figures['broken']:,}**", broken,
         f"{figures['refused']:,}")
    ]  # fmt: skip
    heads = ("poems", "forms", "break a rule", "which", "wishes refused as impossible")
    return f"""{table(heads, rows)}

Random wishes: forms, themes, acrostics, rhymes, fixed words and locked lines. The judge shares no code \
with the grammar."""


def price(found: dict[str, Figures], table: Table) -> str:
    """Nats per token that each form costs."""
    rows = []
    for name, each in found["price"]["forms"].items():
        drawn, free, human = each["drawn"], each["free"], each["human"]
        rows.append((
            name, f"{drawn['price_per_token']:.3f}", f"{drawn['price_per_text_token']:.3f}",
            f"{drawn['nats_per_text_token']:.3f}", f"{free['nats_per_text_token']:.3f}",
            f"{human['nats_per_text_token']:.3f}" if human else "–", drawn["texts"],
        ))  # fmt: skip
    heads = ("form", "price, nats/token", "price of text alone", "drawn, nats/text token",
             "written freely", "held-out human", "poems")  # fmt: skip
    return f"""{table(heads, rows)}

The price of a token is -ln of the chance that the network, left to itself, gives all that the form allows \
there. Drawn at temperature 1 without top-p. The other columns are nats per token of text by the network \
alone: what was drawn in the form, what it writes freely after the same beginnings, and held-out human poems."""


def diversity(found: dict[str, Figures], table: Table) -> str:
    """distinct-n and self-BLEU, drawn and human."""
    rows = []
    for name, each in found["diversity"]["forms"].items():
        human = each["human"] or {}
        rows.append((
            name,
            *(
                f"{value:.3f}" + (f" ({human[key]:.3f})" if human else "")
                for key, value in each["drawn"].items()
            ),
            each["poems"], f"{each['words']:,}",
        ))  # fmt: skip
    heads = ("form", "distinct-1", "distinct-2", "distinct-3", "self-BLEU", "poems", "words")
    return f"""{table(heads, rows)}

In brackets: held-out human poems of the form, cut to as many lines and words. Poems are as they were \
drawn, several of a theme, none chosen."""


def copying(found: dict[str, Figures], table: Table) -> str:
    """Longest shared runs and shingle overlap, drawn and human."""
    rows = []
    for name, each in found["copying"]["forms"].items():
        for label, of in each.items():
            if of:
                rows.append((
                    name, label, f"{of['run_median']:.0f}", f"{of['run_90']:.0f}",
                    f"{of['run_99']:.0f}", of["run_most"], f"{of['shingles_mean']:.4f}", of["texts"],
                ))  # fmt: skip
    heads = ("form", "poems", "median run", "90 %", "99 %", "longest", "shingles of 5", "how many")
    return f"""{table(heads, rows)}

The longest run of words (Chinese: characters) that a poem shares with the training text, and the share of \
its runs of five that stand there. Held-out human poems, cut to as many lines, are the control."""


def theme(found: dict[str, Figures], table: Table) -> str:
    """How often the theme is told among twenty."""
    figures = found["theme"]
    rows = []
    for choice, by in figures["recognised"].items():
        for recogniser, each in by.items():
            low, high = each["interval_95"]
            rows.append((
                choice, recogniser, f"{each['accuracy']:.1%} ({low:.1%} to {high:.1%})",
                f"{each['texts']:,}",
            ))  # fmt: skip
    heads = ("poems", "told by", "theme told among 20 (95 %)", "how many")
    return f"""{table(heads, rows)}

Chance is 5 %. Words: the theme's own words (Chinese: characters) stand in the poem. Semantics: latent \
semantic analysis of the training poems. Encoder: all-MiniLM-L6-v2. Themes: {", ".join(figures["themes"])}; \
forms: {", ".join(figures["forms"])}."""


SECTIONS: tuple[tuple[str, tuple[str, ...], Callable[[dict[str, Figures], Table], str]], ...] = (
    ("Likelihood of held-out texts", ("likelihood", "ngram"), likelihood),
    ("Form", ("form",), form),
    ("What a form costs", ("price",), price),
    ("Diversity", ("diversity",), diversity),
    ("What is shared with the training text", ("copying",), copying),
    ("Themes", ("theme",), theme),
)
"""Title, measures and body of each part of the card."""

ABOUT = "verse"
"""What figures of verse say that they are of."""
