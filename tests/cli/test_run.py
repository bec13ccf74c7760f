"""``ridethrough run``: what it prints, writes, and how it ends."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import fake_plant
import pandas as pd
import pytest
from cli_parts import Call, simulations

from twin.cli import console
from twin.metrics import METRICS
from twin.report import Line, answer
from twin.report.causes import CAUSE_HEAD
from twin.results import Results
from twin.results.details import LOSSES
from twin.scenario import Scenario

FILES = {
    "blast.parquet", "causes.parquet", "cashflow.parquet", "cashflow_by_replication.parquet",
    "losses.parquet", "manifest.json", "replications.parquet", "report.html", "summary.json",
    "survival.parquet", "survival_by_replication.parquet",
}  # fmt: skip


def test_the_answer_the_table_and_the_files(call: Call) -> None:
    done = call("run", "tiny", "-n", "12", "--out", "r")
    assert (done.code, done.err) == (0, "")
    sentence = " ".join(answer(Results.load("r")).split())
    assert " ".join(done.out.split()).startswith(sentence)
    for label in ("Interrupted-job", "Pod losses", "Degradation index", "Electricity cost",
                  "Levelized cost of", "Total cost of"):  # fmt: skip
        assert f"\n {label}" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert {f.name for f in Path("r").iterdir()} == FILES


def test_the_default_folder_carries_name_and_digest(call: Call) -> None:
    scenario: Scenario = Scenario.load("tiny")
    assert call("run", "tiny", "-n", "2").code == 0
    assert {f.name for f in Path(f"runs/tiny-{scenario.digest}").iterdir()} == FILES


def test_a_whole_run_splits_the_difference_and_says_what_it_hangs_on(call: Call) -> None:
    done = call("run", "tiny", "-n", "3", "--out", "r", "--whole")
    assert done.code == 0
    found = Results.load("r").split
    assert found is not None
    assert (found.baseline, found.reference, found.design, found.n) == (
        "centralized", "centralized-bess", "distributed", 3,
    )  # fmt: skip
    assert set(json.loads(Path("r/summary.json").read_text())["split"]["metrics"]) >= {
        "pod_losses_per_year", "tco_npv_usd",
    }  # fmt: skip
    split = Results.load("r/split")
    assert split.count == 3
    table = Results.load("r").tornado
    assert table is not None
    assert set(table["of"]) == {"distributed - centralized"}
    assert {"psu.hold_up_s", "storage.takeover_failure"} <= set(table["key"])
    assert set(table["side"]) == {"low", "base", "high"}
    assert set(table["n"]) == {3}


def test_a_run_of_other_architectures_has_nothing_to_split(call: Call) -> None:
    call("run", "tiny", "-n", "2", "--out", "r", "--whole", "--architecture", "distributed")
    assert Results.load("r").split is None


def test_json_is_the_file_and_nothing_else(call: Call) -> None:
    done = call("run", "tiny", "-n", "3", "--out", "r", "--json")
    assert done.out == Path("r/summary.json").read_text()
    assert json.loads(done.out)["replications"] == 3


def test_all_prints_every_metric(call: Call) -> None:
    done = call("run", "tiny", "-n", "3", "--out", "r", "--all")
    for name in METRICS:
        assert f"\n{name} [" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_finished_replications_are_used_again(call: Call) -> None:
    call("run", "tiny", "-n", "3", "--out", "r")
    done = call("run", "tiny", "-n", "5", "--out", "r")
    assert simulations() == 5
    assert "3 of 5 replications are there" in done.err
    again = call("run", "tiny", "-n", "3", "--out", "r", "--quiet")
    assert again.err == ""
    assert simulations() == 5
    assert json.loads(Path("r/summary.json").read_text())["replications"] == 3
    assert len(pd.read_parquet("r/replications.parquet")) == 10


def test_architectures_and_their_order_are_taken_as_given(call: Call) -> None:
    call("run", "tiny", "-n", "2", "--architecture", "distributed", "--architecture",
         "centralized", "--out", "r")  # fmt: skip
    summary = json.loads(Path("r/summary.json").read_text())
    assert list(summary["differences"]) == ["centralized - distributed"]


def test_a_changed_figure_changes_the_digest_and_so_the_folder(call: Call) -> None:
    call("run", "tiny", "-n", "1")
    call("run", "tiny", "-n", "1", "--set", "diesel.sets=2")
    assert len(list(Path("runs").iterdir())) == 2


def test_a_failure_ends_with_1_and_the_rest_is_saved(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.plant.replicate", fake_plant.fails_once_in_a_while)
    done = call("run", "tiny", "-n", "6", "--out", "r")
    assert done.code == 1
    assert "replication 3 of distributed: ArithmeticError" in done.err
    assert "Traceback (" not in done.err
    manifest = json.loads(Path("r/manifest.json").read_text())
    assert "Traceback (" in manifest["failures"][0]["traceback"]
    assert manifest["finished"] == {"centralized": [[0, 5]], "distributed": [[0, 2], [4, 5]]}


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*args: object) -> object:
        if args[2] == 2:
            raise KeyboardInterrupt
        return fake_plant.replicate(*args)

    monkeypatch.setattr("twin.plant.replicate", impatient)
    done = call("run", "tiny", "-n", "4", "--out", "a folder")
    assert done.code == 130
    again = "ridethrough run tiny -n 4 --out 'a folder' --workers 1 --brief --resume"
    assert f"Go on with: {again}" in done.err
    assert Results.load("a folder").count == 2

    monkeypatch.setattr("twin.plant.replicate", fake_plant.replicate)
    assert call("run", "tiny", "-n", "4", "--out", "a folder", "--resume").code == 0
    assert Results.load("a folder").count == 4
    assert simulations() == 4


def test_one_replication_alone(call: Call) -> None:
    done = call("run", "tiny", "--only", "7")
    assert done.code == 0
    assert "(1 replication)" in done.out
    assert not Path("runs").exists()
    call("run", "tiny", "-n", "9", "--out", "r", "--quiet")
    assert call("run", "tiny", "--only", "7", "--out", "r").code == 0
    assert simulations() == 11, "--only must simulate even what is finished"
    assert len(pd.read_parquet("r/replications.parquet")) == 18


def test_a_row_that_comes_out_differently_is_an_error(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("run", "tiny", "-n", "2", "--out", "r")
    monkeypatch.setattr(
        "twin.plant.replicate",
        lambda s, seed, k, names: [fake_plant.outcome(99, k, a, 1.0) for a in names],
    )
    done = call("run", "tiny", "--only", "1", "--out", "r")
    assert done.code == 1
    assert "must give the same row" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "tiny", "-n", "0"], "-n: 0 replications; must be at least 1"),
        (["run", "tiny", "-n", "-5"], "-n: -5 replications"),
        (["run", "tiny", "-n", "many"], "Invalid value for '-n'"),
        (["run", "tinny"], "did you mean 'tiny'"),
        (["run", "nowhere.toml"], "no such file"),
        (["run", "tiny", "--architecture", "central"], "did you mean 'centralized'"),
        (["run", "tiny", "--workers", "0"], "--workers: 0"),
        (["run", "tiny", "--engine", "dusk"], "did you mean 'dask'"),
        (["run", "tiny", "--only", "-1"], "--only: -1"),
        (["run", "tiny", "--until", "goodput=5%"], "--until: not available yet"),
        (["run", "tiny", "--rare", "goodput"], "--rare: not available yet"),
        (["run", "tiny", "--set", "diesel.setz=3"], "did you mean"),
        (["run", "tiny", "--set", "diesel.sets=-3"], "diesel.sets"),
        (["run", "tiny", "--out", "file"], "file: is a file, not a folder"),
        (["run", "tiny", "--out", "file/below"], "file/below: cannot be written"),
        (["run", "tiny", "--out", "full"], "no folder of results (it holds thesis.tex"),
        (["run", "tiny", "--resume"], "holds no run to go on with"),
        (["run", "tiny", "--out", "new", "--resume"], "--resume: new holds no run"),
        (["run", "tiny", "--unheard-of"], "No such option"),
        (["sprint"], "No such command"),
    ],
)
def test_bad_input_ends_with_2_before_anything_is_simulated(
    call: Call, words: list[str], message: str
) -> None:
    Path("file").write_text("")
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("")
    done = call(*words)
    assert done.code == 2
    assert " ".join(message.split()) in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err
    assert done.out == ""
    assert simulations() == 0
    assert not Path("runs").exists()


def test_a_folder_of_another_seed_or_scenario_is_refused(call: Call) -> None:
    call("run", "tiny", "-n", "1", "--out", "r")
    for words in (["--seed", "2"], ["--set", "diesel.sets=2"]):
        done = call("run", "tiny", "-n", "1", "--out", "r", *words)
        assert done.code == 2
        assert "r: holds results of scenario tiny" in done.err
        assert "give another --out DIR" in done.err
    assert simulations() == 1


def test_bad_input_that_the_plant_notices_ends_with_2(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.plant.replicate", fake_plant.finds_bad_input)
    done = call("run", "tiny", "-n", "3")
    assert done.code == 2
    assert done.err == "Error: policy: an architecture needs a policy\n"


def test_a_bad_day_that_cannot_be_traced_does_not_spoil_the_run(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.errors import SimulationError

    def fail(*args: object) -> None:
        raise SimulationError("sampling went wrong")

    monkeypatch.setattr("twin.plant.trace_replication", fail)
    done = call("run", "tiny", "-n", "3", "--out", "r")
    assert done.code == 0
    assert "sampling went wrong" in done.err
    assert "One bad day" not in Path("r/report.html").read_text()


def test_from_python_it_is_three_lines() -> None:
    from twin import Scenario, run

    results = run(Scenario.load("tiny"), n=3, workers=1)
    assert results.count == 3
    assert list(results.replications["replication"]) == [0, 0, 1, 1, 2, 2]
    assert os.listdir() == []  # noqa: PTH208
    assert run("tiny", n=2, workers=1, out="r", brief=True).count == 2
    assert {f.name for f in Path("r").iterdir()} == FILES


def test_causes_of_a_finished_run_are_ranked(call: Call) -> None:
    assert call("run", "tiny", "-n", "4", "--out", "r", "--brief", "--quiet").code == 0
    rows = [
        (k, "distributed", 1.0, f"bus@pod-00{k} fault 1", "bus_fault", "bus dead", "", n, 0, 0, 2.0, n)
        for k, n in ((1, 3), (2, 1))
    ]
    pd.DataFrame(rows, columns=list(LOSSES.types)).to_parquet("r/losses.parquet")
    done = call("causes", "r", "--architecture", "distributed")
    assert done.code == 0
    text = " ".join(done.out.split())
    assert text.startswith("distributed: 2 of ")
    assert "half of the 2 events took at most 1, 99 % at most 3." in text
    assert "bus dead" in text
    assert "100%" in text
    safe = call("causes", "r", "--architecture", "centralized")
    assert safe.out.startswith("centralized: no pod was lost or shed in 4 replications.")


def test_causes_refuses_what_it_cannot_know(call: Call) -> None:
    assert call("run", "tiny", "-n", "2", "--out", "r", "--brief", "--quiet").code == 0
    for wrong, word in ((["--architecture", "distribute"], "distributed"), (["--set", "a=1"], "r")):
        done = call("causes", "r", *wrong)
        assert done.code == 2
        assert word in done.err


@pytest.mark.parametrize("width", [80, 50])
def test_causes_keep_words_and_figures_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """A table where there is room for it; else a paragraph for each cause."""
    monkeypatch.setattr(console, "WIDTH", width)
    cells = ("MV transformer, feed 1 fault at a compartment", "short circuit not contained",
             "0.0512", "0.00051 to 0.0011", "0.0512", "0.00513", "100%")  # fmt: skip
    console.print_wrapped(CAUSE_HEAD, [cells], texts=2)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    for word in (*cells[0].split(), *cells[1].split(), *cells[2:], "[pod-h/yr]"):
        assert re.search(rf"(^|\s){re.escape(word)}[:;]?(\s|$)", " ".join(out.split())), word
    assert ("─" in out) == (width == 80)


def test_three_wide_columns_are_not_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    """Few replications give long figures: a cell is broken at its spaces rather than cropped."""
    cells = ("1.126440 ± 0.000073", "0.97728 ± 0.000610", "-0.14916 ± 0.00061")
    columns = ("centralized", "distributed", "distributed - centralized")
    console.print_table([Line("m", "Interrupted-job cost", "USD/yr", cells)], columns)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    for word in (*" ".join(cells).split(), "- centralized", "USD/yr"):
        assert word in out
