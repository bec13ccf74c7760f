"""Ranges over which figures that nobody knows are swept."""

from __future__ import annotations

from twin import registry
from twin.contracts.world import Economics
from twin.quantity import Spec
from twin.scenario import Scenario, describe

SHIPPED = [k.spec for k in registry.kinds() if k.spec.__module__.startswith(("components", "prof"))]


def spans(spec: type[Spec]) -> dict[str, tuple[float, float]]:
    extras = {name: info.json_schema_extra for name, info in spec.model_fields.items()}
    return {
        name: tuple(e["range"]) for name, e in extras.items() if isinstance(e, dict) and "range" in e
    }  # type: ignore[arg-type, return-value]


def test_a_span_rises_holds_the_default_and_is_allowed() -> None:
    seen = 0
    for spec in [Economics, *SHIPPED]:
        for name, (low, high) in spans(spec).items():
            info = spec.model_fields[name]
            assert low < high, name
            assert low <= info.default <= high, name
            for value in (low, high):  # pydantic would refuse what the limits forbid
                for mark in info.metadata:
                    assert value >= getattr(mark, "ge", value), name
                    assert value <= getattr(mark, "le", value), name
            seen += 1
    assert seen > 10


def test_rows_carry_the_span_of_their_field() -> None:
    scenario: Scenario = Scenario.load("tiny", sets=["psu.capacitor_health=0.9"])
    rows = {row.key: row for row in describe(scenario)}
    assert rows["psu.capacitor_health"].span == (0.7, 1.0)
    assert rows["storage.switch_failure"].span == (1e-4, 1e-2)
    assert rows["architectures.distributed.storage.capex_usd_per_kwh"].span == (60.0, 300.0)
    assert rows["architectures.centralized.storage.capex_usd_per_kwh"].span is None
    assert rows["diesel.sets"].span is None
