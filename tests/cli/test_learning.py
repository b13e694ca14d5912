"""`muse data`, `muse train` and `muse publish`, from raw tunes to a bundle that makes some."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from muse.cli import learning, run
from muse.cli.learning import parsed_overrides, said, span
from muse.cli.publishing.decoders import filled_share
from muse.data.loader import Loader, melody_draw
from muse.data.shards import Shard
from muse.makers import load_maker
from muse.train.checkpoint import load_checkpoint, save_checkpoint
from muse.train.curve import curve_svg, read_log, round_ticks, write_curve
from muse.works.base import WishError
from muse.works.score import Score

from ..train.toys import toy_recipe, toy_shards, write_recipe


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shards, the recipe `toy.toml` and its run."""
    folder = tmp_path_factory.mktemp("trained")
    recipe = toy_recipe(toy_shards(folder / "shards"), steps=20)
    write_recipe(folder / "toy.toml", recipe)
    assert run(["train", str(folder / "toy.toml"), "--runs", str(folder)]) == 0
    return folder


@pytest.fixture
def bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(learning, "BUNDLES", tmp_path / "bundles")
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "bundles"))
    return tmp_path / "bundles"


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_train_says_how_it_goes_and_draws_the_curve(trained: Path, tmp_path: Path, capsys) -> None:
    code, out, err = call(
        capsys, "train", str(trained / "toy.toml"), "--runs", str(tmp_path), "--steps", "15",
        "--optim.ema=0.5", "--evaluate-every", "10",
    )  # fmt: skip
    assert code == 0 and re.fullmatch(r".*best.safetensors: [\d.]+ nats/token, .*bits/note\n", out)
    lines = err.splitlines()
    assert [line.split()[1] for line in lines] == ["10/15", "15/15"]
    assert all(re.search(r"loss \d\.\d+ .* tokens/s .* left .*held out: ", line) for line in lines)
    run_folder = tmp_path / "toy"
    assert (run_folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    remembered = json.loads((run_folder / "recipe.json").read_text())
    assert remembered["steps"] == 15 and remembered["optim"]["ema"] == 0.5
    assert {path.name for path in run_folder.iterdir()} == {
        "best.safetensors", "checkpoint.safetensors", "log.jsonl", "loss.png", "recipe.json"
    }  # fmt: skip


WRONG = {
    "a key that is none": (["--colour", "1"], "no key 'colour'"),
    "a section that is none": (["--paint.colour", "1"], "no section 'paint'"),
    "a value of the wrong kind": (["--steps", "many"], r"\$\.steps"),
    "no value": (["--steps"], "--steps needs a value"),
    "an option for a value": (["--steps", "--rows", "3"], "--steps needs a value"),
    "a stray word": (["fast"], "unknown word 'fast'"),
    "said twice": (["--steps", "1", "--steps", "2"], "--steps is said twice"),
    "a shape that cannot be": (["--model.head_dim", "7"], "section model.*head_dim"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_wrong_overrides_are_told_in_one_line(
    trained: Path, tmp_path: Path, capsys, arguments: list[str], words: str
) -> None:
    code, out, err = call(
        capsys, "train", str(trained / "toy.toml"), "--runs", str(tmp_path / "runs"), *arguments
    )
    assert (code, out, err.count("\n")) == (2, "", 1) and re.search(words, err), err
    assert not list(tmp_path.rglob("*.safetensors"))


def test_overrides_are_read_in_both_spellings() -> None:
    words = ["--optim.adam-rate", "1e-3", "--steps=7", "--name", "a=b", "--seed", "-1"]
    assert parsed_overrides(words) == {
        "optim.adam_rate": "1e-3", "steps": "7", "name": "a=b", "seed": "-1"
    }  # fmt: skip
    assert parsed_overrides([]) == {}


def test_publish_makes_a_bundle_that_composes(trained: Path, bundles: Path, capsys) -> None:
    code, out, err = call(
        capsys, "publish", str(trained / "toy.toml"), "--runs", str(trained), "--version", "2"
    )
    assert (code, out, err) == (0, f"{bundles / 'toy'}\n", "")
    composer = load_maker("toy")
    about = composer.bundle.about
    weights, state = load_checkpoint(trained / "toy" / "best.safetensors")
    assert (about["version"], about["tokenizer"], about["steps"]) == ("2", "melody", state["step"])
    assert about["figures"] == {k: v for k, v in state.items() if k != "step"}
    assert [source["name"] for source in about["data"]] == ["oneill"]
    assert about["licence"] == "public domain"
    kept = composer.bundle.network().model.embed_tokens.weight
    assert (kept - weights["model.embed_tokens.weight"]).abs().max() < 1e-3
    mean, spread = about["human"]["range_semitones"]
    assert mean == 7 and spread < 1, "the toy tunes span a fifth"
    assert set(about["human"]) == {"bits_per_note", "repeated_bars", "range_semitones"}
    made = composer.compose(bars=2, key="D", meter="2/4", seed=1, candidates=2)
    assert isinstance(made, Score) and made.provenance["data_licence"] == "public domain"


def test_the_card_says_what_people_need(trained: Path, bundles: Path, capsys) -> None:
    call(capsys, "publish", str(trained / "toy.toml"), "--runs", str(trained))
    card = (bundles / "toy" / "README.md").read_text()
    state = load_checkpoint(trained / "toy" / "best.safetensors")[1]
    for words in (
        "O'Neill's Music of Ireland", "| 60 | 60 | public domain |", "60 works (960 notes) for training",
        f"{state['step']} steps of 4 rows of 128 places", "million parameters (hidden_size 32",
        f"| nats/token | {state['nats/token']:.4f} |", "`muse train toy`", "## Limits",
        "AutoModelForCausalLM", "muse export toy folder", 'muse.load("toy")',
    ):  # fmt: skip
        assert words in card, words
    assert card.startswith("---\nlibrary_name: transformers\n")


def test_the_card_counts_tokens_and_not_padding(trained: Path, bundles: Path, capsys) -> None:
    call(capsys, "publish", str(trained / "toy.toml"), "--runs", str(trained))
    card = " ".join((bundles / "toy" / "README.md").read_text().split())
    loader = Loader(Shard(trained / "shards" / "train.bin"), melody_draw(0.15), rows=4, length=128,
                    seed=3)  # fmt: skip
    filled = float((loader.epoch(0)[1] >= 0).mean())
    assert filled < 1 and filled_share(toy_recipe(trained / "shards")) == filled
    steps = load_checkpoint(trained / "toy" / "best.safetensors")[1]["step"]
    tokens = f"about {steps * 4 * 128 * filled / 1e6:.2f} million tokens in all"
    assert f"{filled:.1%} of the places of the first epoch hold tokens" in card and tokens in card
    assert "`muse evaluate toy` measures likelihood" in card, "no figures were given"


def likelihood_figures(bits: float) -> dict:
    return {
        "bits_per_note": bits, "interval_95": [bits - 0.1, bits + 0.1], "nats_per_token": 0.5,
        "pieces": 8, "notes": 128, "bits_per_note_of_new_bars": bits + 1,
        "bits_per_note_of_repeated_bars": bits - 1,
    }  # fmt: skip


def evaluations(folder: Path, name: str = "toy") -> list[str]:
    """Files as `muse evaluate -o` writes them."""
    statistic = {"mean": 1.5, "spread": 0.5, "human_mean": 2, "human_spread": 1, "overlap": 0.4,
                 "floor": 0.6, "within_noise": False}  # fmt: skip
    runs = {"tunes": 9, "median": 7.0, "percentile_95": 11.499, "most": 13, "median_share": 0.25}
    command = f"muse evaluate runs/{name}/best.safetensors --of "
    files = {
        "likelihood": {
            "likelihood": {"command": command + "likelihood", "test": likelihood_figures(2.0)},
            "ngram": {
                "command": "muse evaluate none --of ngram",
                "ngram": {"order": 6, "test": likelihood_figures(5.0)},
            },
            "lstm": {"command": "muse evaluate none --of lstm", "test": likelihood_figures(3.0)},
            "compared": {"test, model less lstm": {"bits_per_note": -1.0}},
        },
        "music": {
            "music": {
                "command": command + "music", "drawn": 9, "train": 60, "cut_off": 1,
                "drawing": {"temperature": 1.0, "top_p": 0.98},
                "statistics": {"pitch_range_semitones": statistic},
            },
            "originality": {"command": command + "originality", "drawn": runs, "held out": runs},
            "legality": {
                "command": command + "legality",
                "untrained": {"draws": 1000, "wishes": 250, "refused": 3, "scores_with_violations": 0},
                "trained": {"not measured": "it broke"},
            },
        },
    }  # fmt: skip
    for file, found in files.items():
        (folder / f"{file}.json").write_text(json.dumps(found))
    return [str(folder / f"{file}.json") for file in files]


def test_the_card_shows_what_was_evaluated(
    trained: Path, bundles: Path, tmp_path: Path, capsys
) -> None:
    files = evaluations(tmp_path)
    arguments = ("publish", str(trained / "toy.toml"), "--runs", str(trained), "--evaluation")
    code, _, err = call(capsys, *arguments, *files)
    assert (code, err) == (0, "")
    card = (bundles / "toy" / "README.md").read_text()
    for words in (
        "| split | model | bits/note (95 %) | new bars | repeated bars |",
        "| test | this network | 2.000 (1.900 to 2.100) | 3.000 | 1.000 | 0.5000 | 8 | 128 |",
        "| test | n-gram of order 6 | 5.000 (4.900 to 5.100) | 6.000 | 4.000 |",
        "| test | LSTM | 3.000 (2.900 to 3.100) | 4.000 | 2.000 |",
        "Made by `muse evaluate runs/toy/best.safetensors --of likelihood`, `muse evaluate none "
        "--of ngram`, `muse evaluate none --of lstm`.",
        "| pitch range semitones | 1.500 ± 0.500 | 2.000 ± 1.000 | 0.400 | 0.600 | **no** |",
        "9 tunes drawn", "temperature 1, top-p 0.98", "| drawn | 7 | 11 | 13 | 0.250 | 9 |",
        "| untrained | 1,000 | 250 | 3 | **0** |", "| trained | not measured |  |  | it broke |",
        "`muse evaluate runs/toy/best.safetensors --of legality`",
    ):  # fmt: skip
        assert words in card, words
    assert "validation | this network" not in card and "measures likelihood against" not in card


def test_figures_that_are_not_this_runs_are_refused(
    trained: Path, bundles: Path, tmp_path: Path, capsys
) -> None:
    likelihood, music = evaluations(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = evaluations(tmp_path / "other", "another")
    bad = {
        "text": "x", "list": "[]", "kind": '{"beauty": {"command": "muse evaluate toy"}}',
        "plain": '{"music": 3}', "short": '{"music": {"command": "muse evaluate toy --of music"}}',
    }  # fmt: skip
    for name, text in bad.items():
        (tmp_path / f"{name}.json").write_text(text)
    cases = [
        ([other], "likelihood is of 'runs/another/best.safetensors', not of 'toy'"),
        ([likelihood, likelihood], "'likelihood' is in an earlier file too"),
        ([music, str(tmp_path / "none.json")], "cannot read .*none.json"),
        *(([str(tmp_path / f"{name}.json")], name if name != "short" else "music") for name in bad),
    ]
    arguments = ("publish", str(trained / "toy.toml"), "--runs", str(trained), "--evaluation")
    for files, words in cases:
        code, out, err = call(capsys, *arguments, *files)
        assert (code, out, err.count("\n")) == (2, "", 1) and re.search(words, err), err
    assert not bundles.exists()


def test_publish_keeps_a_better_bundle(
    trained: Path, bundles: Path, tmp_path: Path, capsys
) -> None:
    arguments = ("publish", str(trained / "toy.toml"), "--runs")
    assert call(capsys, *arguments, str(trained))[0] == 0
    before = (bundles / "toy" / "config.json").read_bytes()
    weights, state = load_checkpoint(trained / "toy" / "best.safetensors")
    for change, better in ((0.01, False), (-0.01, True)):
        runs = tmp_path / str(change)
        changed = state | {"nats/token": state["nats/token"] + change}
        save_checkpoint(runs / "toy" / "best.safetensors", weights, changed)
        code, _, err = call(capsys, *arguments, str(runs))
        assert code == (0 if better else 2), err
        assert better or ("the bundle stays" in err and err.count("\n") == 1)
        assert ((bundles / "toy" / "config.json").read_bytes() != before) == better
    assert call(capsys, *arguments, str(runs))[0] == 0, "the same run may be published again"


def test_publish_refuses_what_it_cannot_vouch_for(
    trained: Path, bundles: Path, tmp_path: Path, capsys
) -> None:
    recipe = toy_recipe(trained / "shards")
    weights, state = load_checkpoint(trained / "toy" / "best.safetensors")
    cases = []

    def case(name: str, recipe, words: str, tensors=weights) -> None:
        path = write_recipe(tmp_path / f"{name}.toml", recipe)
        if tensors:
            save_checkpoint(tmp_path / name / recipe.name / "best.safetensors", tensors, state)
        cases.append((path, tmp_path / name, words))

    change = msgspec.structs.replace
    case("none", recipe, "best.safetensors yet", {})
    case("wide", change(recipe, model={**recipe.model, "hidden_size": 48}), "another shape")
    case("half", recipe, "another shape", {"model.norm.weight": weights["model.norm.weight"]})
    case("table", change(recipe, kind="frames"), "no bundle")
    shards = change(recipe.data, shards=str(tmp_path / "nowhere"))
    case("data", change(recipe, data=shards), "report.json.*prepare the data")
    for path, runs, words in cases:
        code, out, err = call(capsys, "publish", str(path), "--runs", str(runs))
        assert (code, out, err.count("\n")) == (2, "", 1) and re.search(words, err), err
    assert not bundles.exists(), "nothing half-made"


ABC = "X:{n}\nT:Tune {n}\nR:reel\nM:4/4\nL:1/8\nK:D\n{bars}|]\n\n"


def test_data_prepare_reads_splits_and_reports(tmp_path: Path, capsys, monkeypatch) -> None:
    import random

    monkeypatch.chdir(tmp_path)
    rng = random.Random(0)
    tunes = [
        ABC.format(n=n, bars="|".join("".join(rng.choices("DEFGABcd", k=8)) for _ in range(8)))
        for n in range(1, 31)
    ]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "tunes.abc").write_text("".join(tunes) + ABC.format(n=99, bars="D8|E8"))
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ntitle = "Mine"\nhomepage = "here"\nlicence = "mine"\nfiles = ["*.abc"]\n'
        'reader = "abc"\nstyle_from = "header"\nstyles = { "reel" = "reel" }\n'
    )
    data = {"shards": str(tmp_path / "shards" / "toy"), "sources": [str(tmp_path / "mine.toml")]}
    recipe = toy_recipe(tmp_path, data=data, steps=4, rows=2, evaluate_every=4)
    write_recipe(tmp_path / "toy.toml", recipe)
    code, out, err = call(capsys, "data", "prepare", "toy.toml", "--from", "raw")
    assert code == 0, err
    assert "kept 30 of 31" in out and re.search(r"train: \d+ pieces, [\d,]+ tokens", out)
    report = json.loads((tmp_path / "shards" / "toy" / "report.json").read_text())
    assert sum(split["pieces"] for split in report["splits"].values()) == 30
    assert all(split["pieces"] for split in report["splits"].values())
    assert list(report["sources"]) == ["mine"], "splits do not depend on where a recipe lies"
    code, _, err = call(capsys, "data", "prepare", "toy.toml")
    assert code == 2 and "--from" in err
    assert call(capsys, "train", "toy.toml", "--runs", "runs")[0] == 0


def test_curves(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = [{"step": n, "loss": 8 / n} for n in range(10, 210, 10)]
    rows[9]["held_out"] = {"nats/frame": 3.0, "nats/token": 0.1}
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    training, held_out = read_log(log)
    assert len(training) == 20 and held_out == [(100, 0.1)]
    svg = curve_svg(training, held_out, "a <b> & c")
    assert "a &lt;b> &amp; c" in svg and svg.count("<polyline") == 2 and "nan" not in svg
    write_curve(log, tmp_path / "loss.png", "x")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert "nan" not in curve_svg([(10, 2.0)], [], "one point")


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 100, 5, [0, 20, 40, 60, 80, 100]),
        (0.48, 2.41, 4, [0, 0.5, 1, 1.5, 2, 2.5]),
        (3, 3, 4, None),
    ],
)
def test_ticks_are_round_and_cover(low, high, most, expected) -> None:
    ticks = round_ticks(low, high, most)
    assert expected is None or list(ticks) == expected
    assert ticks[0] <= low and ticks[-1] >= high and len(ticks) <= most + 2


def test_words_for_times_and_measures() -> None:
    assert [span(s) for s in (0, 89, 90, 600, 3540, 3900)] == [
        "0 s", "89 s", "2 min", "10 min", "59 min", "1 h 05 min"
    ]  # fmt: skip
    assert said({"nats/token": 0.51234, "bits/note": 1.75}) == "0.5123 nats/token, 1.75 bits/note"
    with pytest.raises(WishError, match="unknown word"):
        parsed_overrides(["--", "1"])
