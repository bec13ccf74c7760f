"""From start records of diesel sets to ``[diesel]``: failure to start, hazard while running.

Conjugate Bayes: starts are binomial with a Beta prior, failures while running Poisson in running
hours with a Gamma prior, so posteriors have closed forms and few records do not give silly figures.

Priors are *constrained noninformative* (Atwood 1996, Reliability Engineering & System Safety 53,
37-46; the form used by NUREG/CR-6928, both from memory): the mean is the published figure, the shape
0.5, so that a prior weighs about as much as half a failure and its 95 % interval spans three decades.
Jeffreys' prior has the same shape and no mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.diesel import DieselSpec
from profiles._csv import read_table
from twin.errors import InputError, nearest
from twin.estimate.model import TAIL
from twin.fitting.checked import checked
from twin.fitting.model import Array, Figure, Fit, plural, short
from twin.fitting.rates import DRAWS
from twin.streams import generator

SHAPE = 0.5
FEW = 60
"""Starts below which the prior still shows."""
SURPRISE = 0.01


@dataclass(frozen=True)
class Prior:
    """What is believed before the log is read.

    Attributes
    ----------
    failure_to_start, hazard_per_h
        Prior means, per demand and per running hour; None for Jeffreys' prior.
    source
        Where they come from.
    """

    failure_to_start: float | None
    hazard_per_h: float | None
    source: str

    @property
    def beta(self) -> tuple[float, float]:
        """Parameters of the Beta distribution of failure to start."""
        if self.failure_to_start is None:
            return SHAPE, SHAPE
        return SHAPE, SHAPE * (1.0 - self.failure_to_start) / self.failure_to_start

    @property
    def gamma(self) -> tuple[float, float]:
        """Shape, and rate in h, of the Gamma distribution of the hazard while running."""
        return SHAPE, 0.0 if self.hazard_per_h is None else SHAPE / self.hazard_per_h


PRIORS = {
    "typical": Prior(0.0094, 1.0 / 1100.0, "REopt.jl defaults: 0.0094 per demand, MTTF 1100 h"),
    "well-kept": Prior(0.0013, 1.0 / 1662.0, "Marqusee & Jenket 2020, PREP data, from memory: "
                       "0.0013 per demand, MTTF 1662 h"),
    "jeffreys": Prior(None, None, "Jeffreys' prior"),
}  # fmt: skip


@dataclass(frozen=True)
class Starts:
    """Start records of diesel sets.

    Attributes
    ----------
    name
        Of the log.
    sets
        Names of the sets.
    of
        Position of each record's set, shape (n,).
    started, failed
        Whether the set started, and whether it failed while running, shape (n,).
    run_h
        Running hours, shape (n,).
    """

    name: str
    sets: tuple[str, ...]
    of: NDArray[np.int64]
    started: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    run_h: Array


def read_starts(path: str) -> Starts:
    """Read start records: columns ``set, started, run_h, failed``, and ``time`` if wanted.

    ``started`` and ``failed`` are 0 or 1; a set that did not start has run 0 h and not failed.
    """
    table = read_table(path, ["set", "started", "run_h", "failed"], ["time"])
    flags = {}
    for column in ("started", "failed"):
        for row, cell in enumerate(table.columns[column]):
            if cell not in ("0", "1"):
                raise table.error(row, column, "must be 0 or 1")
        flags[column] = np.array([cell == "1" for cell in table.columns[column]])
    run_h = table.numbers("run_h", low=0.0)
    for row in np.flatnonzero(~flags["started"]).tolist():
        if run_h[row] > 0.0:
            raise table.error(row, "run_h", "cannot be: the set did not start")
        if flags["failed"][row]:
            raise table.error(row, "failed", "cannot be: the set did not start")
    for row, cell in enumerate(table.columns["set"]):
        if not cell:
            raise table.error(row, "set", "is a gap; every record needs its set")
    sets = tuple(dict.fromkeys(table.columns["set"]))
    of = np.array([sets.index(cell) for cell in table.columns["set"]], dtype=np.int64)
    return Starts(Path(path).name, sets, of, flags["started"], flags["failed"], run_h)


def fit_diesel(starts: Starts, prior: str = "typical", years: float | None = None) -> Fit:
    """Fit failure to start and mean time to failure of ``[diesel]`` to start records.

    Parameters
    ----------
    starts
        The records, as read by `read_starts`.
    prior
        One of `PRIORS`.
    years
        Length of the record, yr, if known: only for how often sets are started.
    """
    if prior not in PRIORS:
        raise InputError(
            f"--prior: unknown prior '{prior}'{nearest(prior, PRIORS)}; known: {', '.join(PRIORS)}"
        )
    belief = PRIORS[prior]
    n, missed = len(starts.started), int((~starts.started).sum())
    hours, failures = float(starts.run_h.sum()), int(starts.failed.sum())
    figures = (
        start_figure(missed, n, belief),
        *run_figures(failures, hours, belief),
    )
    record = (
        f"{plural(n, 'start')} of {plural(len(starts.sets), 'set')}, {missed} failed; "
        f"{hours:,.4g} h run, {plural(failures, 'failure')}"
    )
    indices = {"start failures seen per demand": missed / n}
    if years is not None:
        if not years > 0.0:
            raise InputError(f"--years: {years:g} must be above 0")
        indices["starts, 1/(set yr)"] = n / len(starts.sets) / years
    fit = Fit(
        "diesel", starts.name, "diesel", "", record, figures,
        indices=indices, notes=tuple(_notes(starts, belief)),
        warnings=tuple(_warnings(starts, belief)),
    )  # fmt: skip
    return checked(fit, DieselSpec, {"sets": 1, "set_kw": 1.0})


def start_figure(missed: int, n: int, prior: Prior) -> Figure:
    """Return the posterior of the failure to start: mean and 95 % credible interval."""
    from scipy.special import betaincinv

    a, b = prior.beta[0] + missed, prior.beta[1] + n - missed
    low, high = (float(betaincinv(a, b, p)) for p in (TAIL, 1.0 - TAIL))
    how = f"posterior Beta({a:.4g}, {b:.4g}): {missed} of {plural(n, 'start')} failed"
    return Figure("failure_to_start", a / (a + b), low, high, "1/demand", f"{how}; {prior.source}")


def run_figures(failures: int, hours: float, prior: Prior) -> list[Figure]:
    """Return the posterior of the mean time to failure while running, h; none without a mean.

    The value is one over the posterior mean of the hazard.
    """
    from scipy.special import gammaincinv

    shape, exposure = prior.gamma[0] + failures, prior.gamma[1] + hours
    if exposure <= 0.0:
        return []
    low, high = (float(gammaincinv(shape, p)) / exposure for p in (TAIL, 1.0 - TAIL))
    how = (
        f"posterior hazard Gamma({shape:.4g}, {exposure:.5g} h): "
        f"{plural(failures, 'failure')} in {hours:,.4g} h; {prior.source}"
    )
    return [Figure("mttf_h", exposure / shape, 1.0 / high, 1.0 / low, "h", how)]


def surprise(missed: int, n: int, prior: Prior) -> float:
    """Return how surprising the start failures are to the prior: two-sided predictive p-value."""
    from scipy.special import betaln, gammaln

    a, b = prior.beta
    k = np.arange(n + 1)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    p = np.exp(choose + betaln(a + k, b + n - k) - betaln(a, b))
    return float(min(1.0, 2.0 * min(p[: missed + 1].sum(), p[missed:].sum())))


def homogeneity(hits: Sequence[int], trials: Sequence[int]) -> float:
    """Return the p-value of the sets being alike: Pearson's χ², its distribution by permutation."""
    k, n = np.asarray(hits), np.asarray(trials)
    total, share = int(k.sum()), k.sum() / n.sum()
    if len(n) < 2 or share in (0.0, 1.0):
        return 1.0

    def statistic(x: NDArray[np.int64]) -> Array:
        expected = n * share
        return np.asarray(((x - expected) ** 2 / expected).sum(axis=-1))

    drawn = generator(0, 0, "fit/diesel").multivariate_hypergeometric(n, total, DRAWS)
    beyond = np.count_nonzero(statistic(drawn) >= statistic(k) * (1.0 - 1e-12))
    return (1.0 + beyond) / (1.0 + DRAWS)


def _by_set(starts: Starts) -> tuple[list[int], list[int]]:
    sets = len(starts.sets)
    missed = np.bincount(starts.of, ~starts.started, sets).astype(int).tolist()
    return missed, np.bincount(starts.of, minlength=sets).tolist()


def _notes(starts: Starts, prior: Prior) -> list[str]:
    missed, trials = _by_set(starts)
    pairs = zip(starts.sets, missed, trials, strict=True)
    found = ["start failures by set: " + ", ".join(f"{s} {k} of {n}" for s, k, n in pairs)]
    a, b = prior.beta
    found.append(f"prior of the failure to start: Beta({a:.4g}, {b:.4g}), {prior.source}")
    return found


def _warnings(starts: Starts, prior: Prior) -> list[str]:
    found = []
    n, missed = len(starts.started), int((~starts.started).sum())
    if n < FEW:
        found.append(f"only {plural(n, 'start')}: below {FEW} the prior decides as much as the log")
    if prior.failure_to_start is not None:
        p = surprise(missed, n, prior)
        if p < SURPRISE:
            found.append(
                f"the log contradicts the prior (p = {short(p)}): try --prior jeffreys, or another"
            )
    alike = homogeneity(*_by_set(starts))
    if alike < SURPRISE:
        found.append(f"the sets differ (p = {short(alike)}): one figure for all of them is too few")
    if float(starts.run_h.sum()) == 0.0:
        found.append("no running hours: mttf_h rests on the prior alone, or is left out")
    return found
