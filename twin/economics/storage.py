"""Levelized cost of storage, by several definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.economics.discounting import (
    annuity_factor,
    check_positive,
    check_rate,
    discounted_years,
    npv,
)
from twin.errors import InputError, SimulationError

MIN_CYCLES_PER_YEAR = 10.0
"""Below so many equivalent full cycles a year [1/yr] storage is backup, and an LCOS misleads."""


@dataclass(frozen=True)
class Levelized:
    """A levelized cost with its two sums, for ratios of expectations over replications.

    Attributes
    ----------
    cost_usd
        Numerator: discounted costs [USD].
    output
        Denominator: discounted output [MWh, GPU-h ...].
    """

    cost_usd: float
    output: float

    @property
    def value(self) -> float | None:
        """Cost per output, None if there is no output."""
        return self.cost_usd / self.output if self.output > 0.0 else None


def _discounted_output(
    output_by_year: ArrayLike, rate: float, horizon_years: float | None
) -> float:
    output = np.asarray(output_by_year, dtype=np.float64)
    if output.ndim != 1:
        raise InputError("levelized cost: output by year must be one-dimensional")
    if np.any(output < 0.0):
        raise SimulationError(f"levelized cost: negative output {output.min():g} in a year")
    return float(npv(output, rate, horizon_years))


def lcos(cost_by_year: ArrayLike, discharged_mwh_by_year: ArrayLike, rate: float,
         horizon_years: float | None = None) -> Levelized:  # fmt: skip
    """Return the levelized cost of storage [USD/MWh].

    LCOS = Σₜ (Iₜ + OMₜ + Cchₜ + Rₜ + EOLₜ)·(1+r)^-t / Σₜ Eoutₜ·(1+r)^-t (Schmidt et al. 2019, Joule
    3, 81-100; Jülch 2016, Applied Energy 183, 1594-1606). Charging energy is a cost, round-trip
    losses and self-discharge show in the energy that comes out.

    Parameters
    ----------
    cost_by_year
        Investment, O&M, charging, replacement and end of life [USD], start and years, shape (T+1,).
    discharged_mwh_by_year
        Discharged energy [MWh], shape (T+1,), column 0 usually 0.
    rate
        Real discount rate [1/yr].
    horizon_years
        Horizon [yr]; left out, T.
    """
    energy = _discounted_output(discharged_mwh_by_year, rate, horizon_years)
    costs = np.asarray(cost_by_year, dtype=np.float64)
    if costs.shape != np.shape(discharged_mwh_by_year):
        raise InputError("lcos: costs and energies must have the same years")
    return Levelized(float(npv(costs, rate, horizon_years)), energy)


def lcos_parts(costs: Mapping[str, ArrayLike], discharged_mwh_by_year: ArrayLike, rate: float,
               horizon_years: float | None = None) -> dict[str, Levelized]:  # fmt: skip
    """Return each cost part's share of the LCOS; the values add up to `lcos` of the sum."""
    return {
        part: lcos(by_year, discharged_mwh_by_year, rate, horizon_years)
        for part, by_year in costs.items()
    }


@dataclass(frozen=True)
class SamLcos:
    """Nominal and real levelized cost by NREL's System Advisor Model, with their sums.

    Attributes
    ----------
    cost
        Nominal costs discounted at the nominal rate.
    energy_nominal, energy_real
        Energy discounted at the nominal and at the real rate.
    """

    cost: float
    energy_nominal: float
    energy_real: float

    @property
    def nominal(self) -> float | None:
        """LCOS in nominal money, None without energy."""
        return Levelized(self.cost, self.energy_nominal).value

    @property
    def real(self) -> float | None:
        """LCOS in real money, None without energy."""
        return Levelized(self.cost, self.energy_real).value


def lcos_sam_style(cost: ArrayLike, energy: ArrayLike, real_rate: float,
                   inflation: float) -> SamLcos:  # fmt: skip
    """Return the levelized cost of storage as NREL's System Advisor Model defines it.

    With the nominal rate d = (1+r)(1+i) - 1: nominal NPV_d(cost)/NPV_d(energy), real
    NPV_d(cost)/NPV_r(energy) (SAM, levelized cost of storage of the single-owner and commercial
    models; checked against NREL-PySAM 7.1.1 StandaloneBatteryCommercial).

    Parameters
    ----------
    cost
        *Nominal* costs by year, year 0 first [USD].
    energy
        Discharged energy by year, year 0 first; results are per unit of it (kWh or MWh).
    real_rate, inflation
        Real discount rate r and inflation i [1/yr].
    """
    check_rate(inflation)
    nominal = (1.0 + real_rate) * (1.0 + inflation) - 1.0
    both = lcos(cost, energy, nominal)
    return SamLcos(both.cost_usd, both.output, _discounted_output(energy, real_rate, None))


def lcos_annuity(capex_usd_per_kwh: float, om_usd_per_kwh_year: float, cycles_per_year: float,
                 depth_of_discharge: float, rate: float, years: float, *,
                 fade_per_year: float = 0.0, charging_usd_per_mwh: float = 0.0,
                 round_trip_efficiency: float = 1.0) -> float:  # fmt: skip
    """Return a hand estimate of the LCOS [USD/MWh] from constant yearly cycling.

    (capex + O&M·AF(r, N))/(cycles·DoD·AF(r, N, fade)) + price/RTE (EAI 2018,
    doi:10.4108/eai.13-7-2018.155643). For checks and for judging results, not for reports.

    Parameters
    ----------
    capex_usd_per_kwh, om_usd_per_kwh_year
        Investment [USD/kWh] and fixed O&M [USD/(kWh·yr)] per nameplate energy.
    cycles_per_year, depth_of_discharge
        Cycles [1/yr] and their depth [1], measured at the discharge terminals.
    rate, years, fade_per_year
        Real discount rate [1/yr], life [yr], yearly loss of discharged energy [1/yr].
    charging_usd_per_mwh, round_trip_efficiency
        Price of charging energy [USD/MWh] and efficiency [1].
    """
    check_positive("cycles_per_year", cycles_per_year)
    check_positive("depth_of_discharge", depth_of_discharge)
    check_positive("round_trip_efficiency", round_trip_efficiency)
    mwh_per_kwh = cycles_per_year * depth_of_discharge / 1000.0
    energy = mwh_per_kwh * annuity_factor(rate, years, fade_per_year)
    cost = capex_usd_per_kwh + om_usd_per_kwh_year * annuity_factor(rate, years)
    return cost / energy + charging_usd_per_mwh / round_trip_efficiency


def backup_cost_per_kw_year(npv_cost_usd: float, power_kw: float, rate: float,
                            horizon_years: float) -> float:  # fmt: skip
    """Return the levelized cost of backup power [USD/(kW·yr)].

    The net present cost of the storage over its rated power times the discounted years: what
    standing ready costs, for storage that cycles less than `MIN_CYCLES_PER_YEAR`.
    """
    check_positive("power_kw", power_kw)
    return npv_cost_usd / (power_kw * discounted_years(rate, horizon_years))
