"""Several devices may watch the same storage; each hears of its own levels alone, once."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.plant.small_plants import SURE_STORE, plant_of, site
from twin.contracts.parts import NEVER, Device, DeviceState
from twin.plant.watches import Watches

ROW = 2


@dataclass(slots=True)
class Heard(DeviceState):
    """What a listener was told, and the stored energy then, J."""

    told: list[tuple[str, float]] = field(default_factory=list)


class Listener(Device):
    """Sets its watches once and listens."""

    state_type = Heard
    state: Heard

    def begin(self) -> None:
        self.state.topics = (f"watch:{ROW}",)

    def step(self, reason: str) -> None:
        self.state.told.append((reason, self.plant.stored_j(ROW)))


def test_of_several_watches_the_nearest_is_in_force_and_told_once() -> None:
    k, watches = plant_of(site(storage=SURE_STORE, hours=1.0), []).arrays, Watches()
    for owner, low, high in (("a", 10.0, NEVER), ("b", 30.0, 90.0), ("c", 30.0, 80.0)):
        watches.put(k, ROW, owner, low, high)
    assert (k.inp[ROW]["watch_low_j"], k.inp[ROW]["watch_high_j"]) == (30.0, 80.0)
    assert watches.reached(k, ROW, low=True) == ["b", "c"]
    assert (k.inp[ROW]["watch_low_j"], k.inp[ROW]["watch_high_j"]) == (10.0, 80.0)
    assert watches.reached(k, ROW, low=False) == ["c"]
    assert watches.reached(k, ROW, low=True) == ["a"]
    assert (k.inp[ROW]["watch_low_j"], k.inp[ROW]["watch_high_j"]) == (-NEVER, 90.0)
    watches.put(k, ROW, "b", -NEVER, NEVER)
    assert k.inp[ROW]["watch_high_j"] == NEVER
    assert watches.to_plain() == {"2": {"a": [-NEVER, NEVER], "c": [-NEVER, NEVER]}}


def test_each_owner_is_told_at_its_own_level() -> None:
    """200 kWh that fall through 400 and 300 MJ in an outage, and rise through 500 MJ afterwards."""
    plant = plant_of(
        site(storage=SURE_STORE, diesel={"sets": 0, "set_kw": 1.0}, policy={"kind": "none"},
             cooling={"autonomy_s": 1e9}), [(600.0, 4000.0, 0.0)])  # fmt: skip
    ears = [Listener(name, plant) for name in ("one", "two", "three")]
    for ear in ears:
        plant.add(ear)
        ear.begin()
        plant.env.process(plant._loop(ear))
    plant.watch(ROW, ears[0], low_j=400e6)
    plant.watch(ROW, ears[1], low_j=300e6, high_j=500e6)
    plant.watch(ROW, ears[2], low_j=400e6)
    plant.run()
    topic = f"watch:{ROW}"
    assert ears[0].state.told == [(topic, 400e6)]
    assert ears[1].state.told == [(topic, 300e6), (topic, 500e6)]
    assert ears[2].state.told == [(topic, 400e6)]
