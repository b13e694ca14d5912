"""The dramatist: writes scenes of exactly the cast and the speeches that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from muse.bundle import Bundle
from muse.makers.dressing import account, history_of
from muse.makers.english_drawing import (
    english_pieces,
    growing,
    nats_per_token,
    one_told,
    texts_told,
    written,
)
from muse.makers.growing_text import grown, play_text
from muse.makers.imported_text import language_text
from muse.makers.scene_plans import SceneJob, plan_continuation, plan_scene
from muse.makers.scene_redo import plan_redo
from muse.makers.stage_wishes import ScriptWish, asked
from muse.makers.text_ranking import best_texts, rank_text
from muse.makers.wishes import Drawing
from muse.works.base import WishError
from muse.works.script import Direction, Script, Speech

Told: TypeAlias = Callable[[str], None]

OF_NEW_SCENES = ("cast", "speeches", "order", "opening", "title")
"""Options that mean nothing where one speech is written anew."""


class Dramatist:
    """Writes scenes with a bundle that writes English: of kind `script-en` or `verse-en`, or an
    imported language model."""

    def __init__(self, bundle: Bundle) -> None:
        imported = bundle.kind == "language"
        self.pieces = language_text(bundle) if imported else english_pieces(bundle)
        self.bundle = bundle

    # Every method takes the options of `ScriptWish` and of `Drawing` by name. It returns a Script,
    # or, where `variations` is given, a list of so many, best first.

    def write(
        self, setting: str = "", told: Told | None = None, **options: Any
    ) -> Script | list[Script]:
        """A new scene: `write("a storm at sea", cast=["ANNA", "PIERRE"], speeches=12, seed=1)`.

        Args:
            setting: where and when it plays.
            told: gets the words as they are written; a single scene is drawn then.
            options: of `ScriptWish` and `Drawing`.

        Raises:
            WishError: if the wish is wrong.
        """
        wish, drawing = asked(ScriptWish, {"setting": setting, **options})
        job = plan_scene(wish, self.pieces)
        made = self._made(job, drawing, "write", wish.settings(), told=told)
        return made if options.get("variations") is not None else made[0]

    def continue_(
        self, script: Script, told: Told | None = None, **options: Any
    ) -> Script | list[Script]:
        """The script, as it is, and `speeches` (4) more; those of a wished `cast` may come in.

        Raises:
            WishError: if the wish is wrong, or nobody is there to speak.
        """
        wish, drawing = asked(ScriptWish, {"speeches": 4, **options})
        job = plan_continuation(script, wish, self.pieces)
        settings = {**wish.settings(), "elements": len(script.elements)}
        made = self._made(job, drawing, "continue", settings, script, told)
        return made if options.get("variations") is not None else made[0]

    def redo(
        self, script: Script, speech: int | Sequence[int], alternatives: int = 1, **options: Any
    ) -> list[Script]:
        """The script with one speech, or several (from 1), in other words; best first.

        Who speaks stays, and verse stays verse; all else of the script is left as it is.

        Raises:
            WishError: if there is no such speech, or the wish is wrong.
        """
        numbers = [speech] if isinstance(speech, int) else list(speech)
        for name in OF_NEW_SCENES:
            if options.get(name):
                raise WishError(f"--{name} is of new scenes; a speech is written anew as it stands")
        wish, drawing = asked(ScriptWish, {"variations": alternatives, **options})
        job = plan_redo(script, numbers, wish, self.pieces)
        settings = {**wish.settings(), "speech": numbers}
        settings.pop("speeches")
        return self._made(job, drawing, "redo", settings, script)

    def stream(
        self, setting: str = "", prompt: Script | None = None, **options: Any
    ) -> Iterator[Direction | Speech]:
        """Speeches and directions as they are written; stop asking to cancel.

        Args:
            setting: as for `write`.
            prompt: the script to go on with; None writes a new scene.
            options: as for `write`; one scene is drawn, the same as `write` returns.
        """
        job, drawing = self._asked(setting, prompt, options)
        marks = {*job.plan.sections, self.pieces["EOS"]}
        told = 0
        for ids in growing(self.bundle, job.plan, drawing):
            # What stands before the last mark is whole.
            if ids[-1] in marks:
                whole = job.elements(ids[:-1])
                yield from whole[told:]
                told = len(whole)

    def stream_words(
        self, setting: str = "", prompt: Script | None = None, **options: Any
    ) -> Iterator[str]:
        """The new speeches word by word, as printed plays have them; joined they are the text."""
        job, drawing = self._asked(setting, prompt, options)
        growth = growing(self.bundle, job.plan, drawing)
        yield from grown(texts_told(self.bundle, growth, _reader(job)))

    # How it is done ---------------------------------------------------------------------------

    def _asked(
        self, setting: str, prompt: Script | None, options: dict[str, Any]
    ) -> tuple[SceneJob, Drawing]:
        usual = {} if prompt is None else {"speeches": 4}
        wish, drawing = asked(ScriptWish, {"setting": setting, **usual, **options})
        if prompt is None:
            return plan_scene(wish, self.pieces), drawing
        return plan_continuation(prompt, wish, self.pieces), drawing

    def _made(
        self, job: SceneJob, drawing: Drawing, verb: str, settings: dict[str, Any],
        before: Script | None = None, told: Told | None = None,
    ) -> list[Script]:  # fmt: skip
        """Draw, rank and account for the scripts of a job."""
        settings = {**settings, **drawing.__dict__}
        if told is None:
            rows = written(self.bundle, job.plan, drawing)
        else:
            rows = one_told(self.bundle, job.plan, drawing, _reader(job), told)
        ranked = []
        for piece, ids in enumerate(rows):
            new = job.elements(ids)
            said = "\n".join(each.text for each in new)
            nats = nats_per_token(self.bundle, job.plan, ids)
            ranked.append(rank_text(job.finished(new), said, piece, nats))
        chosen = best_texts(ranked, drawing.candidates)
        return [
            each.work.with_provenance(
                account(self.bundle, verb, settings, each, rank) | history_of(before)
            )
            for rank, each in enumerate(chosen)
        ]


def _reader(job: SceneJob) -> Callable[[Sequence[int]], str]:
    """What ids say, as printed plays have it."""
    return lambda ids: play_text(job.read(ids), job.cast.names)


def load_dramatist(name: str | None = None, engine: str = "auto") -> Dramatist:
    """The dramatist of a bundle; of `script-en`, or else `verse-en`, if none is named.

    Raises:
        WishError: if there is no such bundle, or it writes no English.
    """
    return Dramatist(english_bundle(name, engine))


def english_bundle(name: str | None = None, engine: str = "auto") -> Bundle:
    """A bundle that writes English; `script-en`, or else `verse-en`, if none is named."""
    from muse.bundle import load_bundle
    from muse.hub import bundle_folders, find_bundle

    if name is None:
        name = next((each for each in USUAL if each in bundle_folders()), USUAL[-1])
    return load_bundle(find_bundle(name), name, engine)


USUAL = ("script-en", "verse-en")
"""Bundles that are taken if none is named."""
