"""V8: the share of sags that common tolerance curves do not cover. Sampled from the sag profiles."""

from __future__ import annotations

import math

import numpy as np

from experiments.validation.luck import once_per_seed, seed
from experiments.validation.suite import Measured, Suite
from profiles.sags import EcdfSags, UnipedeSags
from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import INTERRUPTION_PU, Disturbances, ProfileContext
from twin.contracts.tolerance import CURVES, drops

NETWORKS = {"hv": (0.09, 0.5), "mv": (0.15, 0.9)}
"""Median, s, and log-standard deviation of the duration: high- and medium-voltage networks."""
SAGS = 1_000_000
PUBLISHED = {
    "all/hv/itic": 0.330, "all/hv/semi_f47": 0.179,
    "all/mv/itic": 0.342, "all/mv/semi_f47": 0.244,
    "above-0.1-pu/hv/itic": 0.309, "above-0.1-pu/hv/semi_f47": 0.153,
    "above-0.1-pu/mv/itic": 0.322, "above-0.1-pu/mv/semi_f47": 0.221,
}  # fmt: skip
TOLERANCE = 0.003


@once_per_seed
def sags(network: str) -> Disturbances:
    """Return about `SAGS` sags of a network."""
    median_s, sigma = NETWORKS[network]
    rate = 1000.0
    profile = EcdfSags(rate_per_year=rate, duration_median_s=median_s, duration_sigma=sigma)
    return profile.sample(ProfileContext(seed(), 0, 2026, SAGS / rate * YEAR_S))


def _measure(name: str) -> Measured:
    _, kept, network, curve = name.split("/")
    events = sags(network)
    keep = events.voltage_pu >= (0.0 if kept == "all" else INTERRUPTION_PU)
    below = drops(CURVES[curve], events.duration_s[keep], events.voltage_pu[keep])
    share = float(np.mean(below))
    return Measured(share, math.sqrt(share * (1.0 - share) / len(below)), sampled=True)


V8 = Suite(
    "V8",
    "EPRI DPQ 1993-95 residual voltages (Brooks et al. 1998) below ITIC 2000 and SEMI F47 "
    f"(Grid Protection Alliance vertices), +- {TOLERANCE}; n = {SAGS:,} sags",
    {f"V8/{name}": value for name, value in PUBLISHED.items()},
    _measure,
    tolerance=TOLERANCE,
)


TABLES = {
    "underground/itic": 0.435, "underground/semi_f47": 0.339,
    "mixed/itic": 0.360, "mixed/semi_f47": 0.296,
}  # fmt: skip


@once_per_seed
def table_sags(network: str) -> Disturbances:
    """Return about `SAGS` sags of a UNIPEDE table."""
    profile = UnipedeSags.model_validate({"network": network, "rate_per_year": 1000.0})
    return profile.sample(ProfileContext(seed(), 0, 2026, SAGS / 1000.0 * YEAR_S))


def _measure_table(name: str) -> Measured:
    _, network, curve = name.split("/")
    events = table_sags(network)
    share = float(np.mean(drops(CURVES[curve], events.duration_s, events.voltage_pu)))
    return Measured(share, math.sqrt(share * (1.0 - share) / len(events)), sampled=True)


UNIPEDE = Suite(
    "UNIPEDE",
    "UNIPEDE DISDIP 91 en 50.02 tables (IEC TR 61000-2-8) below ITIC 2000 and SEMI F47, voltage "
    f"uniform and duration log-uniform in each cell, +- {TOLERANCE}; n = {SAGS:,} sags",
    {f"UNIPEDE/{name}": value for name, value in TABLES.items()},
    _measure_table,
    tolerance=TOLERANCE,
)
