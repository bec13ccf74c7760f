"""The study of footings, on the made-up plant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import made_up
import pandas as pd
import pytest

from experiments.studies import Context, Study, StudyReport, carry_out, find, footings, studies
from twin.errors import InputError
from twin.explore import Sizing, size
from twin.scenario import Scenario

Log = list[made_up.Asked]
A, B = "centralized", "distributed"
GAP = f"{B} - {A}"


def study(out: Path, **more: Any) -> StudyReport:
    return carry_out(find("footings"), Context(out, n=4, quick=True, workers=1, **more))


def means(report: StudyReport, of: str, metric: str) -> dict[str, float]:
    table = report.tables["footings"]
    mine = table[table["of"].eq(of) & table["metric"].eq(metric)]
    return dict(zip(mine["footing"], mine["mean"], strict=True))


def test_each_footing_makes_equal_what_it_says(asked: Log, out: Path) -> None:
    report = study(out)
    lost = {of: means(report, of, "eue_it_mwh_per_year") for of in (A, B)}
    assert lost[B]["equal EUE"] <= lost[A]["equal EUE"] == lost[A]["as given"]
    cost = {of: means(report, of, "tco_npv_usd") for of in (A, B)}
    # 100 kWh is the largest battery of the grid (50, 100, 150 ...) below the 140 kWh of A
    assert cost[A]["equal cost"] - cost[B]["equal cost"] == pytest.approx(40 * made_up.KWH_USD)
    sizes = report.sections[0].table
    assert sizes is not None
    stored = sizes.set_index(["footing", "design"])["storage, kWh"]
    assert stored["equal energy", A] == pytest.approx(stored["equal energy", B], rel=1e-5)
    assert stored["as given", B] == pytest.approx(920.0 * 5)  # four pods and the core
    for footing, gap in means(report, GAP, "tco_npv_usd").items():
        assert gap == pytest.approx(cost[B][footing] - cost[A][footing])

    assert len(report.conclusions) == 4
    given = report.conclusions[0]
    assert given.startswith("As given, distributed with 4,600 kWh and 3 diesel sets against")
    assert "net present cost higher (+78,000 ± 0 USD)" in given
    page = (out / "report.html").read_text()
    assert page.index("Conclusions") > page.index("Side by side")
    assert given in page
    assert pd.read_parquet(out / "footings.parquet").equals(report.tables["footings"])


def test_what_no_size_reaches_is_said_and_the_first_design_resized_instead(
    asked: Log, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hopeless(scenario: Scenario, name: str, target: str, **more: Any) -> Sizing:
        never = target.partition("=")[0] + "=-1"
        return size(scenario, name, never if name == B else target, **more)

    monkeypatch.setattr(footings, "size", hopeless)
    report = study(out)
    lost = {of: means(report, of, "eue_it_mwh_per_year") for of in (A, B)}
    assert lost[A]["equal EUE"] <= lost[B]["equal EUE"] == lost[B]["as given"]
    sizes = report.sections[0].table
    assert sizes is not None
    assert set(sizes.loc[sizes["footing"].eq("equal EUE"), "made equal"]) == {
        "unserved energy at most that of distributed"
    }
    assert list(lost[A]) == ["as given", "equal energy", "equal EUE"]
    assert report.conclusions[3] == (
        "At equal cost: no size of distributed up to energy_kwh 3650 reaches it, so nothing is "
        "compared."
    )


def test_a_study_of_one_design_is_refused(asked: Log, out: Path) -> None:
    with pytest.raises(InputError, match="compares two designs"):
        study(out, sets=["default_architectures=['distributed']"])


def test_studies_are_found_by_their_files() -> None:
    assert isinstance(studies()["footings"], Study)
    with pytest.raises(InputError, match="did you mean 'footings'"):
        find("footing")
