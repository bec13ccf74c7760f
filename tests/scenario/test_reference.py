"""``scenario reference``: complete, and equal to what the models say."""

from __future__ import annotations

import re

import pytest

from twin import registry
from twin.errors import ScenarioError
from twin.scenario import reference
from twin.scenario.reference import section, tables


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells behind each key of a section."""
    found = {}
    for line in text.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_a_row_says_everything_about_its_key() -> None:
    sets = rows(reference("diesel"))["sets"]
    assert sets == ["`6`", "a whole number >= 0", "Sets", "rule N+1 [C]"]
    assert rows(reference("storage"))["energy_kwh"][0] == "required"
    assert rows(reference("pv"))["peak_kw"][:2] == ["`3000.0`", "a number >= 0 kW"]
    share = rows(reference("storage"))["reserve_share"]
    assert share[:2] == ["`0.5`", "a number from 0 to 1"]


def test_every_kind_has_its_part() -> None:
    text = reference("storage")
    assert text.count("### ") == 2
    assert '### storage, `kind = "ups"`' in text
    assert "### grid.sags, " in reference("sags"), "tables inside tables are named by their place"
    assert "Nothing ever happens.\n\nNo keys of its own." in reference("momentaries")


def test_nested_tables_and_kinds_are_followed() -> None:
    assert "periods.0.usd_per_kwh" in rows(reference("tariff"))
    assert rows(reference("storage"))["ageing"][1].startswith("a table, see `[")
    top = rows(reference("top of the file"))
    assert top["default_architectures"][0] == "the first two of the file"
    assert "architectures" not in top


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no table 'dieesl' \\(did you mean 'diesel'"):
        reference("dieesl")


def test_the_whole_reference_has_every_table_once() -> None:
    text = reference()
    assert text.startswith("# Scenario keys")
    assert len(re.findall(r"^## ", text, re.MULTILINE)) == len(tables()) == len(set(tables()))


@pytest.mark.usefixtures("real_parts")
def test_every_key_of_every_part_has_a_row() -> None:
    for known in registry.kinds():
        keys = rows(section(known.table))
        missing = {
            name
            for name in known.spec.model_fields
            if name not in keys and not any(k.startswith(f"{name}.") for k in keys)
        }
        assert missing == set(), known.table
    bus = rows(section("bus"))
    assert bus["site.fault_per_year"][0] == "`0.0017`"
    assert "Gold Book" in bus["site.fault_per_year"][3], "a value's source is that of who gives it"
    assert all(re.fullmatch(r"|.*\[[ABCD]-?\].*", r[3]) for r in rows(reference()).values())
