"""Sweeps, sizes and sensitivity as Python: ``twin.sweep``, ``twin.size`` and ``twin.tornado``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin import explore
from twin.cli.session import load
from twin.montecarlo import REPLICATIONS, SEED

if TYPE_CHECKING:
    from twin.explore import Settings, Sizing, SweepResults, Tornado
    from twin.scenario import Scenario


def _settings(
    n: int, seed: int, workers: int | None, out: str | Path | None, progress: bool, name: str
) -> Settings:
    folder = None if out is None else Path(out)
    return explore.Settings(n, seed, workers, folder, progress=progress, command=(f"twin.{name}",))


def sweep(
    scenario: Scenario | str | Path,
    over: Mapping[str, str | Sequence[Any]],
    n: int = REPLICATIONS,
    seed: int = SEED,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: bool = False,
    architectures: Sequence[str] = (),
    samples: int | None = None,
) -> SweepResults:
    """Simulate the designs of a scenario at many points, all on the same luck.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of a shipped one, or a TOML file.
    over
        Values by key: ``{"diesel.sets": [2, 4, 6]}`` makes a grid, ``{"pv.peak_kw": "0..500"}``
        draws from a Latin hypercube.
    n, seed, workers, progress, architectures
        As for `twin.run`; `n` replications at each point.
    out
        Folder for tables, figures and page; finished replications there are used again. Left out,
        nothing is written.
    samples
        Draws of the Latin hypercube; left out, 32.

    Returns
    -------
    SweepResults
        One tidy table over all points; `SweepResults.difference` compares two points in pairs.

    Examples
    --------
    >>> found = sweep("tiny", over={"diesel.sets": [0, 3]}, n=4)  # doctest: +SKIP
    >>> found.difference("eue_it_mwh_per_year", 1, 0, "distributed")  # doctest: +SKIP
    """
    settings = _settings(n, seed, workers, out, progress, "sweep")
    found = explore.sweep(load(scenario), over, settings, architectures, samples)
    if settings.out is not None:
        from twin.report.sweeps import write_sweep

        write_sweep(found, settings.out)
    return found


def size(
    scenario: Scenario | str | Path,
    architecture: str,
    target: str,
    vary: Mapping[str, str | Sequence[Any]] | None = None,
    n: int = REPLICATIONS,
    seed: int = SEED,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: bool = False,
    confident: bool = False,
    largest: bool = False,
) -> Sizing:
    """Find the smallest battery and diesel plant of a design that meet a target.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of a shipped one, or a TOML file.
    architecture
        Name of the design.
    target
        ``"METRIC=VALUE"``: at most the value, or at least where more is better.
    vary
        Ranges by key, ``{"storage.energy_kwh": "100..900:100"}``; left out, the battery's energy
        and the number of diesel sets.
    n, seed, workers, out, progress
        As for `sweep`.
    confident
        True asks that the whole 95 % interval meets the target.
    largest
        True finds the largest value of one key that meets the target, for targets on costs.

    Returns
    -------
    Sizing
        All minimal plants, and the cheapest of them; its ``sets`` make it, as for ``--set``.
    """
    settings = _settings(n, seed, workers, out, progress, "size")
    aim = explore.Target.read(target, confident)
    return explore.size(load(scenario), architecture, aim, vary or (), settings, largest=largest)


def tornado(
    scenario: Scenario | str | Path,
    metric: str,
    keys: Mapping[str, Sequence[float]] | Iterable[str] | None = None,
    n: int = REPLICATIONS,
    seed: int = SEED,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: bool = False,
    architectures: Sequence[str] = (),
) -> Tornado:
    """Move one figure at a time from low to high, and see what the answer hangs on.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of a shipped one, or a TOML file.
    metric
        Name of the metric.
    keys
        Figures with their (low, high); left out, every figure that declares a range.
    n, seed, workers, out, progress, architectures
        As for `sweep`.

    Returns
    -------
    Tornado
        ``table``, ``effects``, and ``top(3)``, the figures that move the difference most.
    """
    settings = _settings(n, seed, workers, out, progress, "tornado")
    found = explore.tornado(load(scenario), metric, keys, settings, architectures)
    if settings.out is not None:
        from twin.report.sweeps import write_tornado

        write_tornado(found, settings.out)
    return found
