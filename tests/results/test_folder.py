"""The folder: checked before, and nothing that is finished is ever lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from result_parts import record

from twin.errors import DataError, OutputError, SimulationError
from twin.results import Failure, Manifest, Results, RunFolder, claim, files, folder


def fill(path: Path, manifest: Manifest, *replications: int) -> Results:
    with RunFolder(path, manifest) as out:
        for k in replications:
            for name in manifest.architectures:
                out.add(record(k, name))
        return out.save()


def test_a_saved_folder_reads_back_equal(tmp_path: Path, manifest: Manifest) -> None:
    saved = fill(tmp_path / "r", manifest, 0, 1, 2, 3)
    again = Results.load(tmp_path / "r")
    pd.testing.assert_frame_equal(again.replications, saved.replications, check_exact=True)
    assert again.summary == saved.summary
    assert again.manifest == saved.manifest
    assert sorted(f.name for f in (tmp_path / "r").iterdir()) == [
        "blast.parquet", "cashflow.parquet", "cashflow_by_replication.parquet", "causes.parquet",
        "losses.parquet", "manifest.json", "replications.parquet", "summary.json",
        "survival.parquet", "survival_by_replication.parquet",
    ]  # fmt: skip
    assert json.loads((tmp_path / "r" / "summary.json").read_text()) == saved.summary


def test_what_was_not_saved_is_found_in_the_journal(tmp_path: Path, manifest: Manifest) -> None:
    out = RunFolder(tmp_path / "r", manifest)
    out.add(record(0, "a"))
    out.add(record(0, "b"))
    # no save, no close: as after kill -9
    found = Results.load(tmp_path / "r")
    assert found.tables.present() == {(0, "a"), (0, "b")}
    out.__exit__()


def test_a_line_that_was_cut_off_was_not_finished(tmp_path: Path, manifest: Manifest) -> None:
    with RunFolder(tmp_path / "r", manifest) as out:
        out.add(record(0, "a"))
    journal = next((tmp_path / "r" / ".partial").iterdir())
    with journal.open("a") as file:
        file.write(record(1, "a").to_json()[:-20])
    assert fill(tmp_path / "r", manifest, 2).tables.present() == {(0, "a"), (2, "a"), (2, "b")}
    assert not (tmp_path / "r" / ".partial").exists()


def test_a_journal_that_was_tampered_with_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    with RunFolder(tmp_path / "r", manifest) as out:
        out.add(record(0, "a"))
    journal = next((tmp_path / "r" / ".partial").iterdir())
    journal.write_text("no json\n" + journal.read_text())
    with pytest.raises(DataError, match=r"0000.jsonl, line 1: is no record"):
        Results.load(tmp_path / "r")


@pytest.mark.parametrize("stumbles_over", ["replications.parquet", "manifest.json", "summary.json"])
def test_a_crash_while_saving_loses_nothing(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch, stumbles_over: str
) -> None:
    fill(tmp_path / "r", manifest, 0)
    out = RunFolder(tmp_path / "r", manifest)
    out.add(record(1, "a"))

    def crash(file: Path, *args: object) -> None:
        if file.name == stumbles_over:
            raise SystemError("power cut")
        original(file, *args)

    original = files.replace_file
    monkeypatch.setattr(files, "replace_file", crash)
    with out, pytest.raises(SystemError):
        out.save()
    assert Results.load(tmp_path / "r").tables.present() == {(0, "a"), (0, "b"), (1, "a")}


def test_finished_rows_are_used_again_and_kept(tmp_path: Path, manifest: Manifest) -> None:
    fill(tmp_path / "r", manifest, 0, 1, 2, 3)
    few = manifest.asking(range(2), ("b",))
    with RunFolder(tmp_path / "r", few) as out:
        assert out.finished == {(k, name) for k in range(4) for name in ("a", "b")}
        answer = out.save()
    assert answer.count == 2
    assert answer.architectures == ("b",)
    rows = pd.read_parquet(tmp_path / "r" / "replications.parquet")
    assert len(rows) == 8, "the rows that were not asked for this time are gone"
    assert Results.load(tmp_path / "r").count == 2
    assert Results.load(tmp_path / "r").manifest.finished["a"] == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("what", "value"),
    [("seed", 2), ("digest", "ffffffffffff"), ("version", "0.2.0"), ("sources", "other")],
)
def test_results_of_something_else_are_left_alone(
    tmp_path: Path, manifest: Manifest, what: str, value: object
) -> None:
    fill(tmp_path / "r", manifest, 0)
    before = (tmp_path / "r" / "manifest.json").read_text()
    other = replace(manifest, identity=replace(manifest.identity, **{what: value}))
    for attempt in (RunFolder, claim):
        with pytest.raises(OutputError) as caught:
            attempt(tmp_path / "r", other)
        for identity in (manifest.identity, other.identity):
            assert str(identity) in str(caught.value)
    assert (tmp_path / "r" / "manifest.json").read_text() == before


def test_a_folder_with_other_files_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "thesis.tex").write_text("do not touch")
    with pytest.raises(OutputError, match=r"no folder of results \(it holds thesis.tex"):
        RunFolder(tmp_path, manifest)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_fine(tmp_path: Path, manifest: Manifest) -> None:
    assert fill(tmp_path, manifest, 0).count == 1


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        RunFolder(file, manifest)
    with pytest.raises(OutputError, match="cannot be written"):
        RunFolder(file / "below", manifest)


def test_a_refusal_by_the_system_names_the_place(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"r: cannot be written: Permission denied"):
        RunFolder(tmp_path / "r", manifest)


def test_two_runs_cannot_share_a_folder(tmp_path: Path, manifest: Manifest) -> None:
    with (
        RunFolder(tmp_path / "r", manifest),
        pytest.raises(OutputError, match="another run is writing there"),
    ):
        RunFolder(tmp_path / "r", manifest)
    assert fill(tmp_path / "r", manifest, 0).count == 1


def test_a_replication_must_come_out_the_same_again(tmp_path: Path, manifest: Manifest) -> None:
    fill(tmp_path / "r", manifest, 0)
    with RunFolder(tmp_path / "r", manifest) as out:
        out.add(record(0, "a"))
        with pytest.raises(SimulationError, match=r"replication 0, a: goodput_num is 5\.0"):
            out.add(record(0, "a", goodput_num=5.0))


def test_a_manifest_of_something_else_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    with pytest.raises(OutputError, match=r"manifest.json: is no manifest"):
        RunFolder(tmp_path, manifest)
    with pytest.raises(DataError, match=r"manifest.json: is no manifest"):
        Results.load(tmp_path)
    with pytest.raises(DataError, match="is no folder of results"):
        Results.load(tmp_path / "nowhere")


def test_failures_are_written_down(tmp_path: Path, manifest: Manifest) -> None:
    failure = Failure(3, "b", "ZeroDivisionError: x", "Traceback ...")
    with RunFolder(tmp_path / "r", manifest) as out:
        out.add(record(3, "a"))
        out.save([failure])
    assert Results.load(tmp_path / "r").failures == (failure,)
    body = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert body["failures"][0]["replication"] == 3
    assert body["finished"] == {"a": [[3, 3]]}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    files.write_text(file, "old")

    def fail(draft: Path) -> None:
        draft.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"summary.json: cannot be written: No space left"):
        files.replace_file(file, fail)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_claimed_folder_keeps_its_rows(tmp_path: Path, manifest: Manifest) -> None:
    nothing = manifest.asking((), ())
    assert claim(tmp_path / "r", nothing) == nothing
    assert folder.check(tmp_path / "r", manifest) == nothing
    saved = fill(tmp_path / "r", manifest, 0)
    assert claim(tmp_path / "r", nothing) == saved.manifest
    assert Results.load(tmp_path / "r").count == 1
