"""Survival: the probability that power holds through an outage of a given length.

Each probe says how long something lasted; here probes are counted. With x of n probes that lasted
long enough the probability is x/n, its interval the exact one (Clopper & Pearson 1934, Biometrika 26,
404-413), its standard error that of the Beta(x + 1/2, n - x + 1/2) distribution (Jeffreys), which
unlike sqrt(p(1-p)/n) is not zero where all or none survived.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.estimate.model import TAIL
from twin.metrics import SURVIVAL_H

Array = NDArray[np.float64]
COLUMNS = ("architecture", "start_hour", "duration_h", "quantity", "probability", "se",
           "ci_low", "ci_high", "n")  # fmt: skip
ROUNDING_H = 1e-9


def survival(
    lasted: pd.DataFrame, architectures: Sequence[str], *, by_hour: bool = True
) -> pd.DataFrame:
    """Return the table of survival.

    Parameters
    ----------
    lasted
        Columns architecture, start_hour, quantity, lasted_h; one row per probe and quantity.
    architectures
        In the order of the table.
    by_hour
        False draws all start hours together; the table then has no column start_hour.

    Returns
    -------
    DataFrame
        ``architecture, start_hour, duration_h, quantity, probability, se, ci_low, ci_high, n``.
    """
    keys = ["architecture", "start_hour", "quantity"] if by_hour else ["architecture", "quantity"]
    columns = [c for c in COLUMNS if by_hour or c != "start_hour"]
    blocks = [_block(dict(zip(keys, _tuple(key), strict=True)), group["lasted_h"].to_numpy())
              for key, group in lasted.groupby(keys, sort=False)]  # fmt: skip
    if not blocks:
        return pd.DataFrame(columns=columns)
    table = pd.concat(blocks, ignore_index=True)
    order = {name: n for n, name in enumerate(architectures)}
    rank = table["architecture"].map(order)
    pods = table["quantity"].map(pods_of)
    table = table.assign(_rank=rank, _pods=-pods)
    table = table.sort_values([c for c in ("_rank", "start_hour", "_pods", "duration_h")
                               if c in table], kind="stable")  # fmt: skip
    return table[columns].reset_index(drop=True)


def pods_of(quantity: str) -> float:
    """Return the number of pods of a quantity: inf for ``"site"``, 8 for ``"8_pods"``."""
    return np.inf if quantity == "site" else float(quantity.removesuffix("_pods"))


def _tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _block(head: dict[str, Any], lasted_h: Array) -> pd.DataFrame:
    """Return the rows of one quantity: all durations."""
    durations = np.array(SURVIVAL_H)
    n = lasted_h.size
    survived = (lasted_h[:, None] >= durations - ROUNDING_H).sum(axis=0).astype(np.float64)
    low, high = _limits(survived, n)
    a, b = survived + 0.5, n - survived + 0.5
    return pd.DataFrame({
        **head, "duration_h": durations, "probability": survived / n,
        "se": np.sqrt(a * b / (a + b) ** 2 / (a + b + 1.0)), "ci_low": low, "ci_high": high, "n": n,
    })  # fmt: skip


def _limits(survived: Array, n: int) -> tuple[Array, Array]:
    """Return the exact 95 % limits of a share."""
    from scipy.special import betaincinv

    low = np.where(
        survived > 0, betaincinv(np.maximum(survived, 1.0), n - survived + 1.0, TAIL), 0.0
    )
    lost = n - survived
    high = np.where(
        lost > 0, betaincinv(survived + 1.0, np.maximum(lost, 1.0), 1.0 - TAIL), 1.0
    )
    return low, high
