"""``ridethrough scenario diagram``."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli_parts import Call


def test_a_diagram_is_printed_or_written(call: Call) -> None:
    printed = call("scenario", "diagram", "tiny")
    assert (printed.code, printed.err) == (0, "")
    root = ElementTree.fromstring(printed.out)
    assert root.attrib["aria-label"] == (
        "Single-line diagram: centralized, Single-line diagram: distributed"
    )
    done = call("scenario", "diagram", "tiny", "--out", "site.svg")
    assert done.out == "Single-line diagram: site.svg\n"
    assert Path("site.svg").read_text() == printed.out


def test_a_diagram_of_one_architecture_and_changed_figures(call: Call) -> None:
    done = call("scenario", "diagram", "tiny", "--architecture", "distributed", "--set",
                "diesel.sets=7")  # fmt: skip
    assert "7 × 800 kW" in done.out
    assert "UPS" not in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tiny", "--architecture", "distribute"), "did you mean 'distributed'"),
        (("tiny", "--out", "site.png"), "--out: site.png must be a file that ends in .svg"),
        (("tiny", "--out", "no/such/site.svg"), "cannot be written"),
        (("tinny",), "did you mean"),
    ],
)
def test_diagrams_that_cannot_be_drawn(call: Call, words: tuple[str, ...], message: str) -> None:
    done = call("scenario", "diagram", *words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
