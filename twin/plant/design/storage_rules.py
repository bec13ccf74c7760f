"""Rules about storage: it must last until the diesel sets carry the load, and be able to carry it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from twin.plant.design.design import (
    Design,
    first_set_s,
    full_load_s,
    lasts_s,
    promised_j,
    return_s,
    window_j,
)
from twin.plant.design.finding import Finding
from twin.plant.design.outages import outage_quantile_s

INRUSH_FACTOR = 10.2 / 8.4
"""Short-time over highest training power of an islanded pod. Assumed: behind a gap the power supplies
refill their hold-up capacitors at up to the server's rating (10.2 kW; its highest training power is
8.4 kW, arXiv:2412.08602). Nobody has published the inrush of a whole pod."""


def autonomy(design: Design) -> Iterator[Finding]:
    """Storage must last until diesel carries the site and the storage has been relieved."""
    diesel = design.diesel
    if diesel is None:
        return
    start_s = full_load_s(diesel, design.site_kw)
    for spec, rows in design.banks():
        row = min(rows, key=lambda r: _promise_s(design, r))
        lasts, needed = _promise_s(design, row), start_s + return_s(spec)
        if lasts >= needed:
            continue
        first, what = first_set_s(diesel), _unit(design.laid.buses[row])
        yield design.finding(
            "autonomy",
            (
                design.storage_key(spec, "reserve" if spec.trades else "energy_kwh"),
                *(design.key("diesel", f) for f in ("confirm_s", "retry_s", "start_median_s")),
            ),
            f"{'the reserve of ' if spec.trades else ''}{what} lasts {lasts:,.0f} s at the end of "
            f"life and {design.loads_w[row] / 1e3:,.0f} kW, but diesel relieves it only after "
            f"{needed:,.0f} s (first set {first:,.0f} s, whole site {start_s - first:,.0f} s more, "
            f"return {return_s(spec):,.0f} s)",
            _more_energy(spec, lasts, needed),
        )


def _promise_s(design: Design, row: int) -> float:
    bus = design.laid.buses[row]
    return lasts_s(bus, promised_j(bus), design.loads_w[row])


def _more_energy(spec: Any, lasts: float, needed: float) -> str:
    if lasts <= 0.0:
        return "keep a reserve, or let the sets start faster"
    if spec.trades:
        kept = spec.soc_low + (spec.reserve_soc() - spec.soc_low) * needed / lasts
        if kept < spec.soc_high:
            return f"raise reserve to {math.ceil(kept * 100) / 100:g}, or let the sets start faster"
    kwh = spec.energy_kwh * needed / lasts
    return f"raise energy_kwh to {math.ceil(kwh):,}, or let the sets start faster"


def _unit(bus: Any) -> str:
    return str(bus.unit.name if bus.unit is not None else bus.name)


def rating(design: Design) -> Iterator[Finding]:
    """On an island a storage must carry the highest load, and the inrush behind a gap."""
    for spec, rows in design.banks():
        shares = {r: _rating_w(design, r) / design.loads_w[r] for r in rows if design.loads_w[r] > 0}
        if not shares:
            continue
        row = min(shares, key=lambda r: shares[r])
        peak_w = design.loads_w[row] * design.peak_factor
        rated_w, bus = _rating_w(design, row), design.laid.buses[row]
        key = (design.storage_key(spec, "power_kw"),)
        if rated_w < peak_w:
            yield design.finding(
                "overload",
                key,
                f"{_unit(bus)} can give {rated_w / 1e3:,.0f} kW{_without(spec)}, but its load reaches "
                f"{peak_w / 1e3:,.0f} kW",
                f"raise power_kw to {math.ceil(spec.power_kw * peak_w / rated_w):,}"
                f"{', or use more modules' if hasattr(spec, 'modules') else ''}",
            )
        elif spec.coupling == "parallel_static_switch" and rated_w < peak_w * INRUSH_FACTOR:
            yield design.finding(
                "inrush",
                key,
                f"{_unit(bus)} can give {rated_w / 1e3:,.0f} kW, but behind a gap its load may draw "
                f"{peak_w * INRUSH_FACTOR / 1e3:,.0f} kW for a moment ({INRUSH_FACTOR:.2f} times the "
                "highest load, assumed)",
                f"raise power_kw to {math.ceil(spec.power_kw * peak_w * INRUSH_FACTOR / rated_w):,}, "
                "or see that the converter stands it (the simulation knows no overload)",
            )


def _rating_w(design: Design, row: int) -> float:
    bus = design.laid.buses[row]
    return float(bus.storage.firm_w(bus.unit, bus.power_w))


def _without(spec: Any) -> str:
    return " without its redundant module" if getattr(spec, "modules", 1) > 1 else ""


def no_second_source(design: Design) -> Iterator[Finding]:
    """Without diesel, the longest outages outlast the storage."""
    p99_s = outage_quantile_s(design.scenario, 0.99)
    if design.diesel is not None or p99_s is None:
        return
    for spec, rows in design.banks():
        lasts = min(_window_s(design, row) for row in rows)
        if lasts < p99_s:
            yield design.finding(
                "no-second-source",
                (design.key("diesel", "sets"), design.storage_key(spec, "energy_kwh")),
                f"there is no diesel plant, and a full storage lasts {lasts / 3600:,.2f} h at the end "
                f"of life, but one outage in a hundred is longer than {p99_s / 3600:,.1f} h",
                "add diesel sets, or accept that such outages are lost",
            )


def _window_s(design: Design, row: int) -> float:
    bus = design.laid.buses[row]
    return lasts_s(bus, window_j(bus), design.loads_w[row])


RULES = (autonomy, rating, no_second_source)
