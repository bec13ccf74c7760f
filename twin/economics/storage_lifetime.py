"""The closed-form LCOS of Schmidt and Staffell, with life from cycles and calendar fade.

Schmidt et al. 2019, Joule 3, 81-100; Schmidt & Staffell 2023, Monetizing Energy Storage (Oxford
University Press), chapter on lifetime cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from twin.economics.discounting import annuity_factor, check_positive, check_rate
from twin.errors import InputError


def lifetime_years(end_of_life_share: float, fade_per_year: float, cycles_per_year: float,
                   cycle_life: float) -> float:  # fmt: skip
    """Return the years until calendar and cycle fade together reach the end of life.

    N = ln(EoL)/[ln(1 - Deg_t) + Cyc·ln(1 - Deg_c)] with Deg_c = 1 - EoL^(1/Life).

    Parameters
    ----------
    end_of_life_share
        Remaining capacity EoL at the end of life [1], (0, 1).
    fade_per_year
        Calendar fade Deg_t [1/yr], [0, 1).
    cycles_per_year
        Full cycles Cyc [1/yr].
    cycle_life
        Cycles Life to the end of life without calendar fade [1].
    """
    if not 0.0 < end_of_life_share < 1.0:
        raise InputError(f"end_of_life_share: {end_of_life_share} must lie in (0, 1)")
    if not 0.0 <= fade_per_year < 1.0:
        raise InputError(f"fade_per_year: {fade_per_year} must lie in [0, 1)")
    check_positive("cycle_life", cycle_life)
    end = math.log(end_of_life_share)
    yearly = math.log1p(-fade_per_year) + cycles_per_year * end / cycle_life
    if not yearly < 0.0:
        raise InputError("lifetime: neither cycles nor calendar fade wear the storage")
    return end / yearly


@dataclass(frozen=True)
class StorageCase:
    """Inputs of the closed form: one storage plant with constant yearly cycling.

    Attributes
    ----------
    power_mw, energy_mwh
        Nameplate power [MW] and energy [MWh].
    cycles_per_year, depth_of_discharge
        Cycles [1/yr] and their depth [1].
    round_trip_efficiency, self_discharge
        Efficiency [1] and share of stored energy lost while idle [1].
    cycle_life, end_of_life_share, fade_per_year
        As for `lifetime_years`.
    capex_usd_per_kw, capex_usd_per_kwh
        Investment [USD/kW], [USD/kWh], spread evenly over `construction_years` whole years.
    om_usd_per_kw_year, om_usd_per_mwh, charging_usd_per_mwh
        O&M [USD/(kW·yr)] and [USD/MWh], price of charging [USD/MWh]; both per MWh charged.
    end_of_life_usd_per_kw, end_of_life_usd_per_kwh
        Cost at the end of life [USD/kW], [USD/kWh of what capacity is left].
    rate
        Real discount rate [1/yr].
    """

    power_mw: float
    energy_mwh: float
    cycles_per_year: float
    depth_of_discharge: float
    round_trip_efficiency: float
    self_discharge: float
    cycle_life: float
    end_of_life_share: float
    fade_per_year: float
    capex_usd_per_kw: float
    capex_usd_per_kwh: float
    om_usd_per_kw_year: float
    om_usd_per_mwh: float
    charging_usd_per_mwh: float
    end_of_life_usd_per_kw: float
    end_of_life_usd_per_kwh: float
    rate: float
    construction_years: int = 1

    def lifetime_years(self) -> float:
        """Return the operational life [yr]."""
        return lifetime_years(self.end_of_life_share, self.fade_per_year, self.cycles_per_year,
                              self.cycle_life)  # fmt: skip


def lcos_closed_form(case: StorageCase, operation_years: float | None = None) -> dict[str, float]:
    """Return the parts of the LCOS [USD/MWh]: investment, om, charging, end_of_life.

    Charged energy in year n is E_in(n) = Cap·DoD·Cyc/η·q^(n-1) with q = EoL^(Cyc/Life)·(1 - Deg_t);
    E_out = η·(1 - sd)·E_in; all yearly terms are discounted (1+r)^-(n+Nc-1), n = 1 ... ⌊N⌋, the end
    of life (1+r)^-(N+Nc). The sums over n are geometric, hence annuity factors.

    Parameters
    ----------
    case
        The plant.
    operation_years
        Operational life N [yr]; left out, `lifetime_years`.
    """
    c, years = case, operation_years or case.lifetime_years()
    check_rate(c.rate)
    check_positive("round_trip_efficiency", c.round_trip_efficiency)
    if math.floor(years) < 1 or c.construction_years < 1:
        raise InputError("storage case: needs at least one whole year of building and of operation")
    delay = (1.0 + c.rate) ** -(c.construction_years - 1)
    cycle_share = c.end_of_life_share ** (c.cycles_per_year / c.cycle_life)
    fade = 1.0 - cycle_share * (1.0 - c.fade_per_year)
    first_mwh = c.energy_mwh * c.depth_of_discharge * c.cycles_per_year / c.round_trip_efficiency
    charged = first_mwh * delay * annuity_factor(c.rate, math.floor(years), fade)
    operating = delay * annuity_factor(c.rate, math.floor(years))
    power_kw, energy_kwh = 1000.0 * c.power_mw, 1000.0 * c.energy_mwh
    price = c.capex_usd_per_kw * power_kw + c.capex_usd_per_kwh * energy_kwh
    spread = sum((1.0 + c.rate) ** -n for n in range(c.construction_years)) / c.construction_years
    left = (cycle_share * (1.0 - c.fade_per_year)) ** years
    removal = c.end_of_life_usd_per_kw * power_kw + c.end_of_life_usd_per_kwh * energy_kwh * left
    discharged = charged * c.round_trip_efficiency * (1.0 - c.self_discharge)
    costs = {
        "investment": price * spread,
        "om": c.om_usd_per_kw_year * power_kw * operating + c.om_usd_per_mwh * charged,
        "charging": c.charging_usd_per_mwh * charged,
        "end_of_life": removal * (1.0 + c.rate) ** -(years + c.construction_years),
    }
    return {part: cost / discharged for part, cost in costs.items()}
