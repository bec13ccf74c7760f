"""What takes pods down: causes ranked by what they cost, and how many pods one event takes.

Both are pure functions of the losses: rows per initiating event and path. Scheduled maintenance is
left out, as in the metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.contracts.losses import DISTURBANCES, MAINTENANCE
from twin.estimate import count_estimate
from twin.estimate.counts import garwood_limits
from twin.results.estimating import Exposure

CAUSE_COLUMNS = ("architecture", "kind", "element", "path", "events_per_year",
                 "pod_losses_per_year", "pod_sheds_per_year", "pod_h_per_year", "share", "se",
                 "ci_low", "ci_high", "n")  # fmt: skip
BLAST_COLUMNS = ("architecture", "kind", "pods", "events", "events_per_year",
                 "frequency_per_year", "ci_low", "ci_high", "n")  # fmt: skip
ANY_KIND = "any"
GRID = "grid"
ELEMENT = re.compile(r"(?P<what>.+)@(?P<level>[a-z]+)(?:-\d+)?(?: (?P<word>[a-z ]+?))?(?: \d+)?")
PLACES = {"site": "of the site"}


def element(event: str, kind: str) -> str:
    """Return the kind of thing at which an event began, numbers stripped.

    >>> element("bus@block-02 fault 1", "bus_fault"), element("disturbance-00017", "sag")
    ('bus fault at a block', 'grid')
    """
    if kind in DISTURBANCES:
        return GRID
    found = ELEMENT.fullmatch(event)
    if found is None:
        return re.sub(r"[- ]*\d+", "", event)
    level = found["level"]
    words = (found["what"], found["word"], PLACES.get(level, f"at a {level}"))
    return " ".join(word for word in words if word)


def causes(
    losses: pd.DataFrame, replications: Mapping[str, Sequence[int]], exposure: Exposure
) -> pd.DataFrame:
    """Return the causes of each architecture, those that take most pods first.

    Parameters
    ----------
    losses
        Columns replication, architecture, event, kind, path, pods, sheds, pod_h.
    replications
        Numbers of the finished replications by architecture.

    Returns
    -------
    DataFrame
        ``architecture, kind, element, path, events_per_year`` (events that came by this path),
        ``pod_losses_per_year, pod_sheds_per_year, pod_h_per_year, share`` (of the architecture's
        losses and sheds), ``se, ci_low, ci_high`` (of losses and sheds per year together), ``n``.
    """
    known = _unplanned(losses)
    what = [element(e, k) for e, k in zip(known["event"], known["kind"], strict=True)]
    known = known.assign(element=what, dark=known["pods"] + known["sheds"])
    rows: list[dict[str, Any]] = []
    for name, numbers in replications.items():
        mine = known[known["architecture"] == name]
        total = mine["dark"].sum()
        found: list[dict[str, Any]] = [
            dict(zip(("kind", "element", "path"), key, strict=True))
            | _cost(part, numbers, exposure) | {"share": part["dark"].sum() / total}
            for key, part in mine.groupby(["kind", "element", "path"], sort=True)
        ]  # fmt: skip
        found.sort(key=lambda row: row["share"], reverse=True)
        rows += [{"architecture": name} | row for row in found]
    return pd.DataFrame(rows, columns=list(CAUSE_COLUMNS))


def _cost(part: pd.DataFrame, numbers: Sequence[int], exposure: Exposure) -> dict[str, Any]:
    """Return what one cause of one architecture costs."""
    years = len(numbers) * exposure.years
    dark = part.groupby("replication")["dark"].sum().reindex(pd.Index(numbers), fill_value=0)
    events = part[["replication", "event"]].drop_duplicates()
    rate = count_estimate(dark.to_numpy(dtype=np.float64), exposure.years, "1/yr")
    return {
        "events_per_year": len(events) / years,
        "pod_losses_per_year": part["pods"].sum() / years,
        "pod_sheds_per_year": part["sheds"].sum() / years,
        "pod_h_per_year": part["pod_h"].sum() / years,
        "se": rate.se, "ci_low": rate.ci_low, "ci_high": rate.ci_high, "n": len(numbers),
    }  # fmt: skip


def blast(
    losses: pd.DataFrame, replications: Mapping[str, Sequence[int]], exposure: Exposure
) -> pd.DataFrame:
    """Return how often one event takes how many pods, and how often at least so many (F-N curve).

    Parameters
    ----------
    losses
        Columns replication, architecture, event, kind, event_pods.

    Returns
    -------
    DataFrame
        ``architecture, kind`` (``"any"``: all together), ``pods, events`` (of exactly so many pods),
        ``events_per_year``, ``frequency_per_year`` (at least so many pods) with its exact Poisson
        limits ``ci_low, ci_high`` (Garwood), ``n``. Numbers of pods that never occurred are left
        out: the frequency of the next larger number is theirs.
    """
    heads = ["architecture", "replication", "event", "kind", "event_pods"]
    known = _unplanned(losses)[heads].drop_duplicates()
    known = known[known["event_pods"] > 0]
    rows: list[dict[str, Any]] = []
    for name, numbers in replications.items():
        mine = known[known["architecture"] == name]
        for kind in (ANY_KIND, *sorted(mine["kind"].unique())):
            sizes = mine["event_pods"] if kind == ANY_KIND else mine.loc[mine["kind"] == kind,
                                                                         "event_pods"]  # fmt: skip
            head = {"architecture": name, "kind": kind, "n": len(numbers)}
            steps = _steps(sizes.to_numpy(dtype=np.int64), len(numbers) * exposure.years)
            rows += [head | step for step in steps]
    return pd.DataFrame(rows, columns=list(BLAST_COLUMNS))


def _steps(sizes: NDArray[np.int64], years: float) -> Iterator[dict[str, Any]]:
    """Yield the steps of one F-N curve, from few pods to many."""
    pods, counts = np.unique(sizes, return_counts=True)
    least = counts[::-1].cumsum()[::-1]
    for size, events, above in zip(pods, counts, least, strict=True):
        low, high = garwood_limits(float(above))
        yield {
            "pods": int(size), "events": int(events), "events_per_year": events / years,
            "frequency_per_year": above / years, "ci_low": low / years, "ci_high": high / years,
        }  # fmt: skip


def quantile(table: pd.DataFrame, share: float) -> int | None:
    """Return the number of pods that at least this share of the events do not exceed.

    None where the table (of one architecture and kind of `blast`) has no events.
    """
    if table.empty:
        return None
    below = table["events"].cumsum() / table["events"].sum()
    return int(table["pods"].iloc[int(np.argmax(below.to_numpy() >= share - 1e-12))])


def _unplanned(losses: pd.DataFrame) -> pd.DataFrame:
    return losses[(losses["kind"] != MAINTENANCE) & (losses["pods"] + losses["sheds"] > 0)]
