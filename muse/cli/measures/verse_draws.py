"""`muse evaluate` of verse: measures of poems that are drawn for them."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muse.cli.measures.poems import (
    FORMS,
    HumanPoem,
    RecordingPoet,
    Written,
    form_label,
    held_out_shards,
    human_poems,
    log_chances,
    network_of,
    poems_only,
    texts_of,
    themed_poems,
    verse_bundle,
)
from muse.cli.measures.prices import free_prices, human_prices, prices
from muse.evaluate.copying import TrainingText, copying_figures
from muse.evaluate.diversity import diversity_figures, of_equal_size
from muse.evaluate.form_price import price_figures
from muse.evaluate.form_report import FormWish, form_report
from muse.evaluate.random_chinese_wishes import random_chinese_wish
from muse.evaluate.random_poem_wishes import random_poem_wish
from muse.evaluate.sentence_vectors import sentence_vectors
from muse.evaluate.themes import (
    THEMES,
    best_of,
    learned_semantics,
    overlaps,
    recognition,
    semantic_similarities,
)
from muse.evaluate.verse_texts import words_of
from muse.works.base import WishError

if TYPE_CHECKING:
    import random

    from muse.cli.measures.bench import Bench

POEMS, EACH, OF_A_THEME, PRICED = 1000, 48, 12, 24
"""Usual numbers: poems whose form is judged, of each form, of each theme, of each form priced."""
FEWEST_HUMAN = 8
CANDIDATES = 4
SPREAD_FORMS = {"en": ("quatrains", "couplets", "sonnet"), "zh": ("七绝", "五律", "七律")}
"""The forms in which themes are written."""


def form(bench: Bench) -> dict[str, Any]:
    """Poems under random wishes for all forms, judged by a checker of its own."""
    poet, count = RecordingPoet(verse_bundle(bench.name)), bench.count or POEMS
    reasons: Counter[str] = Counter()

    def write(options: Mapping[str, Any], number: int) -> Sequence[str] | None:
        try:
            poem = poet.drawn(**options, seed=number)[0].poem
        except WishError as error:
            reasons[str(error).partition(":")[0][:60]] += 1
            return None
        if sys.stderr.isatty():
            print(f"\rwish {number}", end="", file=sys.stderr)
        return poem.lines

    def wish(rng: random.Random) -> FormWish:
        return random_poem_wish(rng) if poet.language == "en" else random_chinese_wish(rng)

    report = form_report(write, count, wish)
    bench.say(
        "form, poems that break a rule", f"{len(report.broken)} {report.rules or ''}",
        f"{count} poems of {len(report.drawn)} forms, {report.refused} impossible wishes refused",
    )  # fmt: skip
    return {
        "about": "verse", "version": poet.bundle.version, "poems": count, "drawn": report.drawn,
        "broken": len(report.broken), "rules": report.rules, "refused": report.refused,
        "refused_because": dict(reasons),
        "examples": {str(n): list(faults[:4]) for n, faults in list(report.broken.items())[:20]},
    }  # fmt: skip


def price(bench: Bench) -> dict[str, Any]:
    """What each form costs in nats per token, against free writing and held-out human poems."""
    bundle = verse_bundle(bench.name)
    poet, free = RecordingPoet(bundle), RecordingPoet(bundle, free=True)
    chances = log_chances(network_of(bundle))
    held_out = held_out_shards(bench.shards)
    found: dict[str, Any] = {"about": "verse", "version": bundle.version, "forms": {}}
    for name in FORMS[poet.language]:
        count = bench.count or PRICED
        told = {
            "drawn": prices(poet, chances, name, count),
            "free": free_prices(free, chances, name, count),
            "human": human_prices(
                human_poems(held_out, poet.pieces, name, poet.language)[:count], poet, chances, name
            ),
        }
        figures = {label: price_figures(some) if some else None for label, some in told.items()}
        found["forms"][name] = figures
        drawn, loose, human = figures["drawn"], figures["free"], figures["human"]
        assert drawn and loose
        bench.say(
            f"price, {name}",
            f"{drawn['price_per_token']:.3f} nats/token ({drawn['price_per_text_token']:.3f} of text); "
            f"nats of text: drawn {drawn['nats_per_text_token']:.3f}, "
            f"free {loose['nats_per_text_token']:.3f}, "
            f"human {format(human['nats_per_text_token'], '.3f') if human else '-'}",
            f"{drawn['texts']} drawn, {human['texts'] if human else 0} human",
        )
    return found


# Sets of poems ---------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def drawn_by_form(name: str, each: int) -> tuple[RecordingPoet, dict[str, list[Written]]]:
    """Poems of every form by a bundle, as drawn."""
    poet = RecordingPoet(verse_bundle(name))
    return poet, {form: themed_poems(poet, form, each) for form in FORMS[poet.language]}


def paired(
    drawn: Sequence[Written], human: Sequence[HumanPoem], language: str
) -> tuple[list[list[str]], list[list[str]]]:
    """The words of drawn poems, and of human poems cut to as many lines."""
    ours = [words_of(each.poem.text, language) for each in drawn]
    step = max(1, len(human) // max(len(drawn), 1))
    theirs = [
        words_of("\n".join(other.lines[: len(each.poem.lines)]), language)
        for each, other in zip(drawn, human[::step])
    ]
    return ours, theirs


def sets_of_words(bench: Bench) -> tuple[str, str, dict[str, tuple[list, list]]]:
    """Language, version, and by form the words of drawn poems and of human ones; `all` of both."""
    poet, drawn = drawn_by_form(bench.name, bench.count or EACH)
    held_out = held_out_shards(bench.shards)
    found: dict[str, tuple[list, list]] = {}
    together: tuple[list, list] = ([], [])
    labels: set[str] = set()
    for name, some in drawn.items():
        human = human_poems(held_out, poet.pieces, name, poet.language)
        ours, theirs = paired(some, human, poet.language)
        found[name] = (ours, theirs if len(theirs) >= FEWEST_HUMAN else [])
        # Forms that are set against the same human poems (all quatrains, say) stand in `all` once.
        label = form_label("七律" if name == "联" else name, poet.language)
        label = name if label == "词" else label
        if found[name][1] and label not in labels:
            labels.add(label)
            together[0].extend(ours[: len(theirs)])
            together[1].extend(theirs)
    return poet.language, poet.bundle.version, found | {"all": together}


def diversity(bench: Bench) -> dict[str, Any]:
    """distinct-n and self-BLEU by form, beside human poems of the form cut to the same size."""
    _, version, sets = sets_of_words(bench)
    found: dict[str, Any] = {"about": "verse", "version": version, "forms": {}}
    for name, (ours, theirs) in sets.items():
        if theirs:
            ours, theirs = of_equal_size(ours, theirs)
        figures: dict[str, Any] = {
            "poems": len(ours), "words": sum(map(len, ours)), "drawn": diversity_figures(ours),
            "human": diversity_figures(theirs) if theirs else None,
        }  # fmt: skip
        found["forms"][name] = figures
        bench.say(
            f"diversity, {name}",
            "; ".join(
                f"{label.replace('_', '-')} {value:.3f}"
                + (f" (human {figures['human'][label]:.3f})" if theirs else "")
                for label, value in figures["drawn"].items()
            ),
            f"{len(ours)} poems, {figures['words']:,} words",
        )
    return found


def copying(bench: Bench) -> dict[str, Any]:
    """The longest runs and the shingles shared with the training text, beside human poems'."""
    language, version, sets = sets_of_words(bench)
    path = bench.shards / "train.bin"
    train = training_words(path, language, verse_bundle(bench.name).name)
    found: dict[str, Any] = {"about": "verse", "version": version, "forms": {}}
    for name, some in sets.items():
        measured = {
            label: [train.copied(words) for words in texts]
            for label, texts in zip(("drawn", "human"), some)
        }
        figures = {
            label: copying_figures(texts) if texts else None for label, texts in measured.items()
        }
        found["forms"][name] = figures
        for label, of in figures.items():
            if of:
                bench.say(
                    f"copying, {name}, {label}",
                    f"longest run: median {of['run_median']:.0f}, 90 % {of['run_90']:.0f}, "
                    f"99 % {of['run_99']:.0f}, most {of['run_most']}; "
                    f"shingles of 5: {of['shingles_mean']:.4f}",
                    f"{of['texts']} poems",
                )  # fmt: skip
    return found


@lru_cache(maxsize=1)
def training_words(path: Path, language: str, name: str) -> TrainingText:
    """The words of all training texts of a shard."""
    pieces = RecordingPoet(verse_bundle(name)).pieces
    return TrainingText(words_of(text, language) for text in texts_of(path, pieces, language))


# Themes ----------------------------------------------------------------------------------------


def theme(bench: Bench) -> dict[str, Any]:
    """Whether a poem's theme is told among twenty, as drawn and as the best of four is chosen."""
    poet = RecordingPoet(verse_bundle(bench.name))
    language, each = poet.language, bench.count or OF_A_THEME
    themes, texts, wanted = THEMES[language], list[str](), list[int]()
    shown: list[int] = []  # places of the poems that the poet itself would have shown
    for place, asked in enumerate(themes):
        for turn in range(math.ceil(each / CANDIDATES)):
            form = SPREAD_FORMS[language][turn % len(SPREAD_FORMS[language])]
            poet.written = []
            best = poet.write(asked, form=form, candidates=CANDIDATES, seed=turn)
            drawn = poet.written
            assert not isinstance(best, list)
            shown.append(len(texts) + int(best.provenance["piece"]))
            texts += [one.poem.text for one in drawn]
            wanted += [place] * len(drawn)
    scores, notes = theme_scores(bench, poet, texts)
    choices = {"as drawn": list(range(len(texts))), "best of 4, as shown": shown}
    if "semantics" in scores:
        choices["best of 4, by semantics"] = best_of(scores["semantics"], wanted, CANDIDATES)
    found: dict[str, Any] = {
        "about": "verse", "version": poet.bundle.version, "themes": list(themes),
        "forms": list(SPREAD_FORMS[language]), "not measured by": notes, "recognised": {},
    }  # fmt: skip
    for choice, some in choices.items():
        found["recognised"][choice] = {}
        for recogniser, table in scores.items():
            result = recognition(table[some], [wanted[n] for n in some])
            found["recognised"][choice][recogniser] = result
            low, high = result["interval_95"]
            bench.say(
                f"theme, {choice}, by {recogniser}",
                f"{result['accuracy']:.1%} ({low:.1%} to {high:.1%}); chance {result['chance']:.0%}",
                f"{result['texts']} poems of {len(themes)} themes",
            )  # fmt: skip
    return found


def theme_scores(
    bench: Bench, poet: RecordingPoet, texts: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """What each recogniser gives each text and theme, (N, themes), and why one of them cannot."""
    language, themes = poet.language, THEMES[poet.language]
    scores, notes = {"words": overlaps(texts, themes, language)}, dict[str, str]()
    training = poems_only(bench.shards / "train.bin", poet.pieces, language)
    try:
        semantics = learned_semantics(training, language)
        scores["semantics"] = semantic_similarities(semantics, texts, themes, language)
    except ValueError as error:
        notes["semantics"] = str(error)
    if language == "en":
        try:
            scores["encoder"] = sentence_vectors(texts) @ sentence_vectors(themes).T
        except WishError as error:
            notes["encoder"] = str(error)
    return scores, notes
