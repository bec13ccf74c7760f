"""What a validation check is: a number from outside, the product's number, and when they agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace

from twin.streams import normal_quantile

EXACT = 1e-6
"""Relative agreement asked of methods without sampling error."""
FALSE_ALARM = 0.005
"""Probability that a correct product fails any of the sampled comparisons (two-sided)."""
SHARE_OF_VALUE, SHARE_OF_RARER_SIDE = 0.01, 0.10
"""A sampled number counts only if its standard error is below either share."""


HIDDEN = ("at_most", "sampled")


@dataclass(frozen=True)
class Check:
    """One compared number.

    Attributes
    ----------
    name
        Path of the number, e.g. ``"V1/with-battery/start-1/2h"``.
    source
        Where the expected number comes from.
    expected, got
        The number from outside and the product's.
    se
        Standard error of `got`; for exact methods the bound of its error.
    passed
        Whether they agree.
    at_most
        Whether the expected number is a bound.
    sampled
        Whether the product's number comes from a finite number of random draws.
    got2, z2
        The number with a second seed, and its distance from the expected one in standard errors.
    """

    name: str
    source: str
    expected: float
    got: float
    se: float
    passed: bool
    at_most: bool = False
    sampled: bool = False
    got2: float | None = None
    z2: float | None = None

    def to_dict(self) -> dict[str, str | float | bool]:
        """Return the check as it is printed in JSON."""
        body = asdict(self)
        return {k: v for k, v in body.items() if k not in HIDDEN and v is not None}

    def repeated(self, measured: Measured) -> Check:
        """Return the check with the number of a second seed beside it."""
        gap = measured.got - self.expected
        z = gap / measured.se if measured.se > 0.0 else None
        return replace(self, got2=measured.got, z2=z)


@dataclass(frozen=True)
class Measured:
    """The product's number.

    Attributes
    ----------
    got
        The number.
    se
        Standard error if `sampled`, else a bound of the error.
    sampled
        Whether it comes from a finite number of random draws.
    """

    got: float
    se: float = 0.0
    sampled: bool = False


@dataclass(frozen=True)
class Suite:
    """The compared numbers of one case.

    Attributes
    ----------
    name, source
        The case and where its numbers come from.
    expected
        The numbers by name; every name begins with the case's.
    measure
        Returns the product's number for a name. What several share is computed once.
    sampled
        Names of the numbers that are compared by their standard error.
    tolerance
        If given: the published numbers hold to this absolute difference, whatever the method.
    least
        Names of the numbers whose expected value is a bound that must not be passed, with the share
        of it that must be reached.
    """

    name: str
    source: str
    expected: Mapping[str, float]
    measure: Callable[[str], Measured]
    sampled: frozenset[str] = frozenset()
    tolerance: float | None = None
    least: Mapping[str, float] = field(default_factory=dict)

    def check(self, name: str, z_limit: float) -> Check:
        """Measure one number and compare it."""
        expected, measured = self.expected[name], self.measure(name)
        if name in self.least:
            share = measured.got / expected
            passed = self.least[name] <= share <= 1.0 + EXACT
        else:
            passed = agrees(expected, measured, z_limit, self.tolerance)
        return Check(name, self.source, expected, measured.got, measured.se, passed,
                     name in self.least, measured.sampled)  # fmt: skip


def z_limit(numbers: int) -> float:
    """Return the limit of |z| for so many sampled comparisons together (Bonferroni)."""
    return -normal_quantile(FALSE_ALARM / (2.0 * max(1, numbers)))


def agrees(
    expected: float, measured: Measured, z_limit: float, tolerance: float | None = None
) -> bool:
    """Return whether the product's number agrees with the expected one.

    A sampled number must be precise enough to mean something, too.
    """
    error = abs(measured.got - expected)
    if measured.sampled and not 0.0 < measured.se <= coarsest_se(expected):
        return False
    if tolerance is not None:
        return error <= tolerance
    if measured.sampled:
        return error <= z_limit * measured.se
    scale = abs(expected) if expected != 0.0 else 1.0
    return error + measured.se <= EXACT * scale


def coarsest_se(expected: float) -> float:
    """Return the largest standard error with which a sampled number is worth comparing."""
    rarer = min(expected, 1.0 - expected) if 0.0 < expected < 1.0 else abs(expected)
    return max(SHARE_OF_VALUE * abs(expected), SHARE_OF_RARER_SIDE * rarer)
