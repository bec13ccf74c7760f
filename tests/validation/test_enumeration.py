"""Exact enumeration against binomials, and its own ways to notice that it is not exact."""

from __future__ import annotations

import math

import pytest

from twin.enumeration import Forced, at_both_edges, enumerate_outcomes
from twin.errors import SimulationError
from twin.streams import Cause, Luck

UNITS = ("set-1", "set-2", "set-3", "set-4")


def working(forced: Forced) -> int:
    """Four units; each may be away, and only those at hand may fail to start."""
    luck = Luck(1, 0, forced)
    return sum(luck.happens(0.9, n, "there") and not luck.happens(0.25, n, "fails") for n in UNITS)


def cuts(cause: Cause) -> list[float]:
    return [0.9] if cause[1] == "there" else [0.25]


def binomial(k: int, p: float = 0.9 * 0.75) -> float:
    return math.comb(4, k) * p**k * (1 - p) ** (4 - k)


def chance(k: int):
    return lambda result: float(result == k)


def test_every_number_of_working_units_has_its_binomial_probability():
    found = enumerate_outcomes(working, cuts)
    assert len(found.leaves) == 3**4  # a unit that is away is not asked whether it fails
    assert found.dropped == pytest.approx(0.0, abs=1e-15)
    for k in range(5):
        assert found.mean(chance(k)) == pytest.approx(binomial(k), rel=1e-12)


def test_like_units_are_counted_once_with_the_right_weight():
    found = enumerate_outcomes(working, cuts, alike=UNITS)
    assert len(found.leaves) == math.comb(4 + 2, 2)  # multisets of three fates
    for k in range(5):
        assert found.mean(chance(k)) == pytest.approx(binomial(k), rel=1e-12)


def test_units_that_are_not_alike_are_noticed():
    def run(forced: Forced) -> bool:
        luck = Luck(1, 0, forced)
        return luck.happens(0.5, "a", "start") and luck.happens(0.5, "b", "run")

    with pytest.raises(SimulationError, match="not alike"):
        enumerate_outcomes(run, lambda cause: [0.5], alike=("a", "b"))


def test_a_cause_keeps_its_luck_within_a_run():
    def run(forced: Forced) -> bool:
        return forced(("coin",)) == forced(("coin",))

    assert all(same for _, same in enumerate_outcomes(run, lambda cause: [0.5]).leaves)


def test_a_draw_nobody_planned_is_an_error():
    with pytest.raises(SimulationError, match=r"'fails'.* is not among"):
        enumerate_outcomes(working, lambda cause: [0.9] if cause[1] == "there" else None)


def test_cuts_must_rise():
    with pytest.raises(SimulationError, match="do not rise"):
        enumerate_outcomes(working, lambda cause: [0.9, 0.25])


@pytest.mark.parametrize("alike", [(), UNITS])
def test_what_is_pruned_bounds_the_error(alike):
    found = enumerate_outcomes(working, cuts, prune=0.002, alike=alike)
    assert 0.0 < found.dropped < 0.2
    missing = sum(binomial(k) for k in range(5)) - math.fsum(p for p, _ in found.leaves)
    assert found.dropped == pytest.approx(missing, abs=1e-12)
    for k in range(5):
        assert found.mean(chance(k)) <= binomial(k) + 1e-12
        assert binomial(k) <= found.mean(chance(k)) + found.dropped + 1e-12


def test_both_edges_agree_where_the_model_decides_at_the_cuts():
    got, error = at_both_edges(working, cuts, chance(4))
    assert got == pytest.approx(binomial(4), rel=1e-12)
    assert error < 1e-12


@pytest.mark.parametrize("claimed", [0.24, 0.26])
def test_a_cut_beside_the_models_decision_shows_as_an_error(claimed):
    got, error = at_both_edges(
        working, lambda cause: [0.9] if cause[1] == "there" else [claimed], chance(4)
    )
    assert error > 1e-3
    assert abs(got - binomial(4)) <= error + 0.02
