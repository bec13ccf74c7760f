"""V16 and V18: levelized cost of storage, and what trading by time of use can save. Exact."""

from __future__ import annotations

import math

from experiments.validation.arbitrage import OFFPEAK, PEAK, STANDARD, traded
from experiments.validation.suite import Measured, Suite
from twin.economics import arbitrage_bound, lcos_sam_style, lifetime_years

# ---- V16: levelized cost of storage --------------------------------------------------------------

SAM_COST_USD = (
    464252.0, 35519.35181, 35876.12789, 36750.234271, 37622.754403, 38522.499753, 39404.327859,
    40327.304908, 41273.879953, 42250.37832, 42876.794744, 43373.30892, 44028.551502, 44585.066705,
    43753.430526, 44083.139317, 44792.111416, 45862.506065, 46961.905627, 48088.708021,
    49242.86941, 50422.485315, 51424.983006, 52657.851843, 647269.054407, 63341.076574,
)  # fmt: skip
"""Nominal costs of years 0 to 25: 1,200 kWh and 300 kW for 464,252 USD, cells renewed in year 24."""
SAM_KWH = (
    0.0, 117362.385573, 116934.869363, 116627.05219, 116073.605478, 115583.720004, 114705.68927,
    114041.190373, 113397.447013, 112825.751761, 112343.916773, 110992.159114, 110493.531748,
    110044.59149, 109315.661169, 108876.192853, 108461.719022, 108040.34661, 107648.15979,
    107264.284808, 106883.455575, 106485.348733, 104706.927296, 104315.134516, 105137.684801,
    117206.527725,
)  # fmt: skip
"""Discharged energy of the same years."""
REAL_RATE, INFLATION = 0.064, 0.025
END_OF_LIFE, FADE_PER_YEAR, CYCLES_PER_YEAR, CYCLE_LIFE = 0.8, 0.01, 3.0, 3500.0


def _cost(name: str) -> Measured:
    if name == "V16/schmidt-staffell/lifetime-years":
        life = lifetime_years(END_OF_LIFE, FADE_PER_YEAR, CYCLES_PER_YEAR, CYCLE_LIFE)
        return Measured(life)
    sam = lcos_sam_style(SAM_COST_USD, SAM_KWH, REAL_RATE, INFLATION)
    found = {
        "cost-usd": sam.cost, "energy-nominal-kwh": sam.energy_nominal,
        "energy-real-kwh": sam.energy_real, "nominal-usd-per-kwh": sam.nominal,
        "real-usd-per-kwh": sam.real,
    }[name.split("/")[2]]  # fmt: skip
    return Measured(math.nan if found is None else found)


V16 = Suite(
    "V16",
    "NREL-PySAM 7.1.1 StandaloneBatteryCommercial, executed; Schmidt & Staffell lifetime identity "
    "ln 0.8 / (ln 0.99 + 3 ln 0.8 / 3500)",
    {
        "V16/sam/cost-usd": 942_383.7583,
        "V16/sam/energy-nominal-kwh": 1_105_579.2391,
        "V16/sam/energy-real-kwh": 1_385_477.2548,
        "V16/sam/nominal-usd-per-kwh": 0.8523892,
        "V16/sam/real-usd-per-kwh": 0.6801871,
        "V16/schmidt-staffell/lifetime-years": math.log(0.8)
        / (math.log(0.99) + 3.0 * math.log(0.8) / 3500.0),
    },
    _cost,
)

# ---- V18: arbitrage ------------------------------------------------------------------------------

PEAK_HOURS, OFFPEAK_HOURS, WORKING_DAYS = 5.0, 6.0, 6.0
"""Dear hours of a working day, cheap hours of every night, working days of a week (Vietnam)."""
MEAN = (
    STANDARD
    + (PEAK - STANDARD) * PEAK_HOURS / 24.0 * WORKING_DAYS / 7.0
    + (OFFPEAK - STANDARD) * OFFPEAK_HOURS / 24.0
)
"""Mean price of a constant load over a week, VND/kWh."""
BY_HAND = {"two-hours": (2.0 * 0.85, 8.8 / 11.0, 0.049), "all-peak-hours": (5.0, 1.0, 0.178)}
"""Hours shifted a day, share of the load, published saving."""


def bound(shifted_hours: float, load_share: float, round_trip: float) -> float:
    """Return the bound on the saving under the tariff of Vietnam."""
    return arbitrage_bound(
        shifted_hours, load_share, WORKING_DAYS, price_peak=PEAK, price_offpeak=OFFPEAK,
        price_mean=MEAN, round_trip=round_trip,
    )  # fmt: skip


def _arbitrage(name: str) -> Measured:
    _, who, what = name.split("/")
    if who == "by-hand":
        hours, share, _ = BY_HAND[what]
        return Measured(bound(hours, share, 0.85))
    found = traded(who)
    limit = bound(found.shifted_hours, found.load_share, found.round_trip)
    shares = {
        "saving-of-bound": found.saving / limit,
        "net-of-optimum": found.net / found.optimum,
    }
    return Measured(shares[what])


LEAST = {
    "once-a-day/saving-of-bound": 0.999,
    "once-a-day/net-of-optimum": 0.999,
    "twice-a-day/saving-of-bound": 0.8,
    "twice-a-day/net-of-optimum": 0.999,
    "pod-battery/saving-of-bound": 0.8,
    "pod-battery/net-of-optimum": 0.99,
}
"""Shares that must not exceed 1, and what they must reach. Between the two dear stretches of a day only
energy at the standard price is to be had, which the bound does not know of."""

V18 = Suite(
    "V18",
    "bound by hand for Vietnam (3460/1895/1234 VND/kWh), 4.9 and 17.8 %; the product's trading as a "
    "share of that bound (its own usable energy, dear hours, best round trip), and less wear as a "
    "share of a linear program of the same storage",
    {f"V18/by-hand/{name}": published for name, (_, _, published) in BY_HAND.items()}
    | {f"V18/{name}": 1.0 for name in LEAST},
    _arbitrage,
    tolerance=5e-4,
    least={f"V18/{name}": least for name, least in LEAST.items()},
)
