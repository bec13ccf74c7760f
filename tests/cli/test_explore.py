"""``ridethrough sweep``, ``size``, ``sensitivity`` and ``study``."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import pandas as pd
import pytest
from cli_parts import Call, Called

from twin import plots
from twin.scenario import Scenario

sys.path.append(str(Path(__file__).parent.parent / "explore"))  # the made-up plant

import made_up

ENERGY = "architectures.distributed.storage.energy_kwh"


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.plant.replicate", made_up.replicate)
    for drawn in ("line_figure", "heat_figure", "scatter_figure", "tornado_figure", "dot_figure"):
        monkeypatch.setattr(f"twin.plots.{drawn}", lambda *_: plots.figure(1.0, 1.0))
    made_up.ASKED.clear()


def run(call: Call, command: str, *words: str) -> Called:
    return call(command, *words, "--workers", "1")


def test_sweep_prints_and_writes(call: Call) -> None:
    done = run(call, "sweep", "tiny", "--over", "diesel.sets=0,1", "--over", f"{ENERGY}=100,200",
               "-n", "4", "--out", "s", "--quiet")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert "distributed - centralized, at 4 points" in done.out
    assert "s/sweep.html" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    table = pd.read_parquet("s/sweep.parquet")
    assert table["point"].nunique() == 4
    names = {f.name for f in Path("s").iterdir()}
    assert {"manifest.json", "points", "sweep.json", "sweep.html", "sweep.parquet"} <= names
    assert {"sweep-tco_npv_usd.png", "sweep-tco_npv_usd.svg"} <= names
    assert "<svg" in Path("s/sweep.html").read_text()


def test_sweep_json_and_default_folder(call: Call) -> None:
    done = run(call, "sweep", "tiny", "--over", "diesel.sets=0,1", "-n", "3", "--json")
    assert done.code == 0
    body = json.loads(done.out)
    digest = Scenario.load("tiny").digest
    assert (body["digest"], body["replications"], body["keys"]) == (digest, 3, {"diesel.sets": "sets"})
    assert len(body["points"]) == 2
    rows = [r for r in body["rows"] if r["metric"] == "eue_it_mwh_per_year"]
    assert len(rows) == 2 * 3
    assert Path(f"runs/sweep-tiny-{digest}/sweep.parquet").exists()


def test_figures_of_an_earlier_sweep_go(call: Call) -> None:
    run(call, "sweep", "tiny", "--over", "diesel.sets=0,1", "-n", "2", "--out", "s")
    assert Path("s/sweep.png").exists()
    run(call, "sweep", "tiny", "--over", "diesel.sets=0..3", "--over", f"{ENERGY}=100..200",
        "--samples", "3", "-n", "2", "--out", "s")  # fmt: skip
    assert not Path("s/sweep.png").exists()
    assert Path("s/sweep-tco_npv_usd-difference.png").exists()


def test_sets_and_architectures_apply_to_all_points(call: Call) -> None:
    done = run(call, "sweep", "tiny", "--over", "diesel.sets=0,1", "--set", "horizon_years=2",
               "--architecture", "distributed", "-n", "2", "--out", "s")  # fmt: skip
    assert "distributed, at 2 points" in done.out
    assert {a.architecture for a in made_up.ASKED} == {"distributed"}
    assert json.loads(Path("s/sweep.json").read_text())["horizon_years"] == 2.0


def test_ctrl_c_saves_and_says_how_to_go_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(*args: object) -> object:
        if len(made_up.ASKED) == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return made_up.replicate(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("twin.plant.replicate", impatient)
    words = ("tiny", "--over", "diesel.sets=0,1", "-n", "4", "--out", "a folder")
    done = run(call, "sweep", *words)
    assert done.code == 130
    again = "ridethrough sweep tiny --over diesel.sets=0,1 -n 4 --out 'a folder' --workers 1 --resume"
    assert f"Go on with: {again}" in done.err
    assert not Path("a folder/sweep.parquet").exists()
    monkeypatch.setattr("twin.plant.replicate", made_up.replicate)
    assert run(call, "sweep", *words, "--resume").code == 0
    assert len(made_up.ASKED) == 2 * 4 * 2


def test_a_failure_ends_with_1_and_the_rest_is_saved(call: Call) -> None:
    digest = Scenario.load("tiny", ["diesel.sets=1"]).digest
    made_up.BREAKS.append(made_up.Asked(digest, 1, "distributed"))
    try:
        done = run(call, "sweep", "tiny", "--over", "diesel.sets=0,1", "-n", "3", "--out", "s")
    finally:
        made_up.BREAKS.clear()
    assert done.code == 1
    assert "point 1, replication 1 of distributed: ArithmeticError: made to fail" in done.err
    table = pd.read_parquet("s/sweep.parquet")
    assert table["n"].max() == 3


def test_failures_in_searches_are_told_too(call: Call) -> None:
    made_up.BREAKS.append(made_up.Asked(Scenario.load("tiny").digest, 1, "distributed"))
    try:
        sized = run(call, "size", "tiny", "--architecture", "distributed", "--target", "goodput=0.5",
                    "--vary", "diesel.sets=2..3", "-n", "3", "--out", "z")  # fmt: skip
        moved = run(call, "sensitivity", "tiny", "--over", "psu.hold_up_s", "-n", "3", "--out", "t")
    finally:
        made_up.BREAKS.clear()
    for done in (sized, moved):
        assert done.code == 1
        assert "simulations failed and are left out" in done.err


def test_size_prints_the_answer(call: Call) -> None:
    done = run(call, "size", "tiny", "--architecture", "distributed", "--target",
               "eue_it_mwh_per_year=30", "-n", "4", "--vary", "storage.energy_kwh=100..900:100",
               "--vary", "diesel.sets=0..4", "--out", "z")  # fmt: skip
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "The smallest plants of distributed with eue_it_mwh_per_year ≤ 30 MWh/yr" in text
    assert "of 45 plants simulated" in text
    answer = json.loads(Path("z/size.json").read_text())
    sets = " ".join(f"--set {k}={v:g}" for k, v in answer["chosen"].items())
    assert f"The cheapest of them: {sets}" in text
    assert "1: energy_kwh 900, sets 4: 0 MWh/yr, met" in done.err
    assert len(pd.read_parquet("z/size.parquet")) == answer["simulated"]


def test_size_out_of_reach_and_as_json(call: Call) -> None:
    words = ["size", "tiny", "--target", "eue_it_mwh_per_year=-1", "-n", "3", "--out", "z"]
    said = " ".join(run(call, *words).out.split())
    assert "No plant of centralized with eue_it_mwh_per_year ≤ -1 MWh/yr is within" in said
    done = run(call, *words, "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    body = json.loads(done.out)
    assert (body["architecture"], body["chosen"], body["minimal"]) == ("centralized", None, [])


def test_sensitivity_prints_who_is_better_where(call: Call) -> None:
    done = run(call, "sensitivity", "tiny", "--over", f"{ENERGY}=60..900", "--over",
               "economics.gpu_hour_usd", "-n", "3", "--out", "t")  # fmt: skip
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "tco_npv_usd of distributed - centralized, the figure that moves it most first" in text
    assert "distributed is better up to 140 kWh, centralized beyond" in text
    assert text.index(ENERGY) < text.index("economics.gpu_hour_usd")
    table = pd.read_parquet("t/sensitivity.parquet")
    assert set(table["side"]) == {"low", "base", "high"}
    assert Path("t/sensitivity.png").exists()
    assert ENERGY in Path("t/sensitivity.html").read_text()
    body = json.loads(run(call, "sensitivity", "tiny", "--over", "psu.hold_up_s", "-n", "3", "--out",
                          "t", "--metric", "goodput", "--json").out)  # fmt: skip
    assert (body["metric"], body["of"]) == ("goodput", "distributed - centralized")
    assert [e["key"] for e in body["effects"]] == ["psu.hold_up_s"]


def test_study_lists_runs_and_writes(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.studies import Context, Section, Study, StudyReport

    def answer(context: Context) -> StudyReport:
        context.say("thinking ...")
        scenario, settings = context.load("sea-8000"), context.settings()
        section = Section("How", ["<so>"], "one", "a figure", pd.DataFrame({"n": [settings.n]}))
        return StudyReport(
            scenario, [section], [f"{scenario.name}, {settings.n} times."],
            {"numbers": pd.DataFrame({"x": [1.0]})}, {"one": plots.figure(1.0, 1.0)},
        )  # fmt: skip

    listed = call("study", "list")
    assert listed.code == 0
    assert "footings  Two designs at equal size" in listed.out
    monkeypatch.setattr("experiments.studies.find", lambda _: Study("answer", "An answer", answer))
    done = run(call, "study", "answer", "--quick")
    assert (done.code, done.err) == (0, "thinking ...\n")
    folder = Path("runs/study-answer-quick")
    assert done.out == f"tiny, 16 times.\nReport: {folder}/report.html\n"
    names = {f.name for f in folder.iterdir()}
    assert names == {"numbers.parquet", "one.png", "one.svg", "report.html"}
    page = (folder / "report.html").read_text()
    assert "&lt;so&gt;" in page
    assert page.index("tiny, 16 times.") > page.index("Conclusions") > page.index("How")
    again = run(call, "study", "answer", "-n", "5", "--scenario", "wanka-10000", "--quiet")
    assert again.out.startswith("wanka-10000, 5 times.")
    assert again.err == ""
    assert Path("runs/study-answer").exists()


def test_an_interrupted_study_says_how_to_go_on(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*args: object) -> object:
        if len(made_up.ASKED) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return made_up.replicate(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("twin.plant.replicate", impatient)
    done = run(call, "study", "footings", "--quick", "-n", "3")
    assert done.code == 130
    assert "Go on with: ridethrough study footings --quick -n 3 --workers 1\n" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep", "tiny"], "--over: nothing is varied"),
        (["sweep", "tiny", "--over", "diesel.sets"], "write KEY=V1,V2,... or KEY=LOW..HIGH"),
        (["sweep", "tiny", "--over", "diesel.sets=1,,2"], "a value is empty"),
        (["sweep", "tiny", "--over", "a=1", "--over", "a=2"], "--over a: this key stands twice"),
        (["sweep", "tiny", "--over", "diesel.setz=1"], "did you mean 'diesel.sets'"),
        (["sweep", "tiny", "--over", "storage.energy_kwh=1"], "every architecture sets its own"),
        (["sweep", "tiny", "--over", "diesel.sets=1", "--samples", "3"], "no key has a range"),
        (["sweep", "tiny", "--over", "diesel.sets=1", "-n", "0"], "-n: 0"),
        (["sweep", "tiny", "--over", "diesel.sets=1", "--out", "full"], "no folder of results"),
        (["sweep", "tiny", "--over", "diesel.sets=1", "--resume"], "holds nothing to go on with"),
        (["sweep", "tinny", "--over", "diesel.sets=1"], "did you mean 'tiny'"),
        (["sweep", "tiny", "--over", "diesel.sets=1", "--architecture", "central"], "centralized"),
        (["size", "tiny"], "--target: unknown metric ''"),
        (["size", "tiny", "--target", "tco_npv_usd=1"], "add --largest"),
        (["size", "tiny", "--target", "goodput=1", "--architecture", "dist"], "unknown architecture"),
        (["sensitivity", "tiny", "--method", "morris"], "--method morris: not available yet"),
        (["sensitivity", "tiny", "--method", "sobol"], "--method sobol: not available yet"),
        (["sensitivity", "tiny", "--method", "tornad"], "did you mean 'tornado'"),
        (["sensitivity", "tiny", "--metric", "goodputt"], "did you mean 'goodput'"),
        (["sensitivity", "tiny", "--over", "diesel.sets"], "declares no range"),
        (["study", "footing"], "did you mean 'footings'"),
        (["study", "footings", "-n", "0"], "-n: 0"),
        (["study", "footings", "--scenario", "tinny"], "did you mean 'tiny'"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_2_before_anything_is_simulated(
    call: Call, words: list[str], message: str
) -> None:
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("")
    done = call(*words)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert done.out == ""
    assert made_up.ASKED == []
    assert not Path("runs").exists()


def test_what_the_page_shows_runs(call: Call) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    lines = [
        line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.split("\n")
    ]
    commands = [line.split()[1:] for line in lines if line]
    assert {words[0] for words in commands} == {"sweep", "size", "sensitivity", "study"}
    for words in commands:
        if "--quick" not in words:  # tests/explore/test_footings.py runs the study
            extra = ["-n", "2", "--workers", "1"] if "list" not in words else []
            done = call(*words, *extra)
            assert done.code == 0, done.err
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block.replace("n=20", "n=2, workers=1"), {})


def test_from_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from twin import size, sweep, tornado

    found = sweep("tiny", over={"diesel.sets": [0, 3]}, n=3, workers=1)
    assert found.difference("eue_it_mwh_per_year", 1, 0, "distributed").n == 3
    assert os.listdir() == []  # noqa: PTH208
    sized = size("tiny", "distributed", "eue_it_mwh_per_year=30",
                 {"storage.energy_kwh": "100..900:100"}, n=3, workers=1)  # fmt: skip
    assert list(sized.chosen or {}) == [ENERGY]
    moved = tornado("tiny", "tco_npv_usd", {ENERGY: (60.0, 900.0)}, n=3, workers=1, out="t")
    assert moved.top(3) == [ENERGY]
    assert Path("t/sensitivity.html").exists()
