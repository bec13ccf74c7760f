"""Closes the books of a replication: energy must add up, per storage and for the site.

For the site, what came in (import, PV, diesel) equals what went out (IT, pumps, cooling, export,
losses of every stage and storage) plus the change of stored energy, to rounding. The terms are
integrated separately in the pass, so that a mistake in the allocation cannot hide. For each storage,
charge less discharge less losses is the change of its energy. Rounding at limits has its own account.
"""

from __future__ import annotations

import math

import numpy as np

from twin.contracts.layout import Arrays, Flow
from twin.errors import BalanceError

SITE_TOLERANCE = 1e-9
"""Largest imbalance as a share of the energy turned over."""
SNAP_TOLERANCE = 1e-8
"""Largest rounding at storage limits, as a share of the energy turned over."""


def close(k: Arrays, initial_j: np.ndarray, names: tuple[str, ...]) -> float:
    """Audit a settled plant; return the largest relative residual.

    Parameters
    ----------
    k
        The plant's arrays, settled at the horizon.
    initial_j
        Stored energy of each bus at time zero, J.
    names
        Names of the buses, for the error message.

    Raises
    ------
    BalanceError
        Energy does not add up to rounding.
    """
    worst = max(site_residual(k, initial_j), storage_residual(k, initial_j, names))
    if not math.isfinite(worst):
        raise BalanceError("the energy account holds a value that is not finite")
    return worst


def site_residual(k: Arrays, initial_j: np.ndarray) -> float:
    """Return the site's relative imbalance; raise if it is beyond rounding."""
    a = k.account.sum(axis=0)
    into = a[Flow.IMPORT] + a[Flow.PV_USED] + a[Flow.DIESEL]
    stored = float(k.state["stored_j"].sum() - initial_j.sum())
    out = (
        a[Flow.IT]
        + a[Flow.PUMPS]
        + a[Flow.COOLING]
        + a[Flow.EXPORT]
        + k.stage_loss.sum()
        + a[Flow.CONVERSION_LOSS]
        + a[Flow.STANDBY_BUS]
        + a[Flow.STANDBY_CELLS]
        + a[Flow.SELF_DISCHARGE]
        + stored
        - a[Flow.SNAP]
        + a[Flow.FADED]
    )
    turnover = max(into, a[Flow.IT], a[Flow.DISCHARGE], float(initial_j.sum()), 1.0)
    residual = float(abs(into - out) / turnover)
    if not residual <= SITE_TOLERANCE:
        raise BalanceError(
            f"site: {into / 3.6e9:.6f} MWh came in, {out / 3.6e9:.6f} MWh went out "
            f"(relative {residual:.2e}, allowed {SITE_TOLERANCE:.0e})"
        )
    if not abs(a[Flow.SNAP]) <= SNAP_TOLERANCE * turnover:
        raise BalanceError(f"site: rounding at limits moved {a[Flow.SNAP]:.3f} J")
    return residual


def storage_residual(k: Arrays, initial_j: np.ndarray, names: tuple[str, ...]) -> float:
    """Return the worst storage's relative imbalance; raise if it is beyond rounding."""
    s = k.state
    change = s["stored_j"] - initial_j
    booked = s["charged_j"] - s["discharged_j"] - s["lost_j"] + s["snapped_j"] - s["faded_j"]
    size = np.maximum(s["charged_j"] + s["discharged_j"], np.maximum(k.row["nameplate_j"], 1.0))
    residual = np.abs(change - booked) / size
    worst = int(np.argmax(residual))
    if not residual[worst] <= SITE_TOLERANCE:
        raise BalanceError(
            f"storage at '{names[worst]}': stored energy changed by {change[worst]:.3f} J, "
            f"{booked[worst]:.3f} J are booked"
        )
    return float(residual[worst])
