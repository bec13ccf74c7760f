"""The product against the slow twin on scripted disturbances."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.reference.agreement import compare
from tests.reference.cases import ARCHITECTURES, CASES, Case

HERE = Path(__file__).parent
ORACLE = ("electric", "reading", "balance", "supply", "milliseconds", "services", "training",
          "trading", "slow_twin", "world")  # fmt: skip


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_product_agrees_with_the_slow_twin_to_the_step(case: Case, architecture: str) -> None:
    lines, _ = compare(case, architecture)
    wrong = [f"{x.what}: {x.product:.6g} against {x.slow:.6g} {x.unit} (within {x.tolerance:.3g})"
             for x in lines if not x.agrees]  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", ORACLE)
def test_slow_twin_shares_no_code_with_the_product(module: str) -> None:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    allowed = {"twin.contracts.calendar"}
    ours = {n for n in names if n and n.split(".")[0] in ("twin", "components", "profiles")}
    assert ours <= allowed
    assert not {n for n in names if n and n.split(".")[0] in ("numpy", "numba", "pandas", "scipy")}
