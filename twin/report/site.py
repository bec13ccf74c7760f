"""What stands where in an architecture: the tree behind a single-line diagram, in words and ratings.

Read from the same layout that the plant is built from, so a diagram shows what is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from twin.plant.loads import laid_out
from twin.plant.tree import Bus, Layout
from twin.scenario import Scenario

KWH_J = 3.6e6
SYMBOLS = {"transformer": "transformer", "switch": "switch", "ups": "converter", "psu": "converter",
           "rectifier": "converter", "busway": "cable", "cable": "cable"}  # fmt: skip
NAMES = {"psu": "PSUs", "ups": "UPS", "hv_transformer": "HV transformer",
         "mv_transformer": "MV transformer"}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One piece of equipment.

    Attributes
    ----------
    symbol
        How it is drawn: breaker, transformer, switch, converter, cable, box, battery, generator,
        sun, grid, load.
    name, ratings
        What it is, and its ratings with units, one line each.
    battery
        Ratings of a battery that hangs on this part itself (coupled in series).
    """

    symbol: str
    name: str
    ratings: tuple[str, ...] = ()
    battery: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feeder:
    """A bus, and what lies between it and the bus above.

    Attributes
    ----------
    name
        Name of the bus.
    above
        From the bus above down to this one.
    battery
        Storage that hangs on this bus.
    below
        From this bus down to its load.
    load
        What is fed; None where further feeders are.
    feeders
        Feeders that hang on this bus.
    """

    name: str
    above: tuple[Part, ...]
    battery: Part | None
    below: tuple[Part, ...]
    load: Part | None
    feeders: tuple[Feeder, ...] = ()

    @property
    def kind(self) -> object:
        """What equal feeders have in common: everything but names."""
        return (
            self.above, self.battery, self.below, self.load, tuple(f.kind for f in self.feeders),
        )  # fmt: skip


@dataclass(frozen=True)
class SiteTree:
    """A whole site.

    Attributes
    ----------
    name, title
        Of the architecture.
    main
        The site bus with everything below; its ``above`` leads from the grid.
    grid
        The utility; None for a site without one.
    sources
        What else feeds the site bus.
    auxiliaries
        What it feeds besides compartments.
    """

    name: str
    title: str
    main: Feeder
    grid: Part | None
    sources: tuple[Part, ...] = field(default=())
    auxiliaries: tuple[Part, ...] = field(default=())


def site_tree(scenario: Scenario, architecture: str) -> SiteTree:
    """Return what stands where in an architecture of a scenario."""
    design = scenario.architectures[architecture]
    tables = dict(design.tables)
    laid = laid_out(scenario, design)
    reader = _Reader(scenario, tables, laid)
    return SiteTree(
        architecture,
        design.title,
        reader.feeder(0),
        reader.grid(),
        tuple(reader.sources()),
        tuple(reader.auxiliaries()),
    )


class _Reader:
    """Turns buses into feeders."""

    def __init__(self, scenario: Scenario, tables: dict[str, Any], laid: Layout) -> None:
        self.scenario = scenario
        self.load: Any = scenario.load
        self.tables = tables
        self.laid = laid

    def grid(self) -> Part | None:
        grid = self.scenario.grid
        if not getattr(grid, "connected", True):
            return None
        ratings = [power(grid.contracted_kw * 1e3), "contract"]
        if grid.export_limit_kw > 0.0:
            ratings += [power(grid.export_limit_kw * 1e3), "export"]
        return Part("grid", "Grid", tuple(ratings))

    def sources(self) -> Iterator[Part]:
        diesel, pv = self.tables.get("diesel"), self.tables.get("pv")
        if diesel is not None and diesel.sets:
            size = f"{diesel.sets} × {power(diesel.set_kw * 1e3)}"
            yield Part("generator", "Diesel", (size, f"tank {diesel.tank_h:g} h"))
        if pv is not None and pv.peak_kw > 0.0:
            yield Part("sun", "PV", (f"{power(pv.peak_kw * 1e3)} DC",))

    def auxiliaries(self) -> Iterator[Part]:
        cooling = self.tables.get("cooling")
        if cooling is not None:
            most = cooling.fixed_kw * 1e3 + cooling.per_it_kw * self.laid.total_w
            if most > 0.0:
                yield Part("load", "Chillers", (f"≤ {power(most)}",))

    def feeder(self, row: int) -> Feeder:
        bus = self.laid.buses[row]
        series = bus.storage is not None and bus.storage.coupling == "series"
        above = [self._stage(stage[0], bus, series) for stage in reversed(bus.edge)]
        battery = None if bus.storage is None or series else _battery(bus)
        if series and not any(part.battery for part in above):
            battery = _battery(bus)
        below = [self._stage(stage[0], bus, False) for stage in reversed(bus.load_stages)]
        children = [i for i, b in enumerate(self.laid.buses) if b.parent == row]
        return Feeder(
            bus.name,
            (Part("breaker", "breaker"), *above),
            battery,
            tuple(below),
            self._pod(bus) if bus.level in ("pod", "both") else None,
            tuple(self.feeder(i) for i in children),
        )

    def _stage(self, name: str, bus: Bus, series: bool) -> Part:
        """Return a conversion stage; the rating is that of its loss curve."""
        words = stage_in_words(name)
        symbol = next((s for word, s in SYMBOLS.items() if word in name), "box")
        if self._is_storage_stage(name, bus):
            rating = _converter(bus)
            return Part(symbol, words, rating, _energy(bus) if series else ())
        chain = self.tables.get("chain")
        rated_w = bus.load_w * (chain.margin if chain is not None else 1.0)
        for stage in chain.stages if chain is not None else ():
            if stage.name == name and stage.rated_kw is not None:
                rated_w = stage.rated_kw * 1e3
        psu = self.tables.get("psu") if name == "psu" else None
        if psu is not None:
            return Part(symbol, words, (f"hold-up {psu.rated_hold_up_s * 1e3:.3g} ms",))
        return Part(symbol, words, (power(rated_w),))

    @staticmethod
    def _is_storage_stage(name: str, bus: Bus) -> bool:
        if bus.storage is None:
            return False
        return name in {stage[0] for stage in bus.storage.stages(bus.power_w, bus.count)}

    def _pod(self, bus: Bus) -> Part:
        if bus.name == "core":
            return Part("load", "core", ("network, storage", power(bus.load_w)))
        gpus = getattr(self.load, "gpus_per_pod", None) if self.load.has_jobs else None
        size = (f"{gpus} GPUs",) if gpus else ()
        return Part("load", "pod", (*size, power(bus.load_w)))


def _converter(bus: Bus) -> tuple[str, ...]:
    """Return the rating of a storage's converter or switch: modules where it has them."""
    counter = getattr(bus.storage, "modules_of", None)
    count = _units(bus) if counter is None else int(counter(bus.unit))
    return (_each(count, power(bus.power_w / count)),)


def _energy(bus: Bus) -> tuple[str, ...]:
    return (_each(_units(bus), energy(bus.nameplate_j / _units(bus))),)


def _units(bus: Bus) -> int:
    """Return how many units stand on a bus."""
    return bus.unit.count if bus.unit is not None else 1


def _battery(bus: Bus) -> Part:
    return Part("battery", "battery", (*_converter(bus), *_energy(bus)))


def _each(count: int, size: str) -> str:
    return size if count == 1 else f"{count} × {size}"


def power(watts: float) -> str:
    """Return a rating to three digits, in kW or MW."""
    return _scaled(watts, "W")


def energy(joules: float) -> str:
    """Return an amount of energy to three digits, in kWh or MWh."""
    return _scaled(joules / KWH_J * 1e3, "Wh")


def _scaled(value: float, unit: str) -> str:
    return f"{value / 1e6:.3g} M{unit}" if value >= 999_500.0 else f"{value / 1e3:.3g} k{unit}"


def stage_in_words(name: str) -> str:
    """Return the name of a conversion stage for people."""
    return NAMES.get(name, name.replace("_", " "))


def equipment(tree: SiteTree) -> list[tuple[str, str, int, str]]:
    """Return what stands where, how often, and its ratings: the table behind a diagram."""
    found: dict[tuple[str, str, str], int] = {}

    def note(where: str, parts: Iterable[Part | None]) -> None:
        for part in parts:
            if part is None or part.symbol == "breaker":
                continue
            pieces = [(part.name, part.ratings)]
            if part.battery:
                pieces.append(("battery", part.battery))
            for name, ratings in pieces:
                key = (where, name, ", ".join(ratings))
                found[key] = found.get(key, 0) + 1

    def walk(feeder: Feeder, where: str) -> None:
        note(where, [*feeder.above, feeder.battery, *feeder.below, feeder.load])
        for below in feeder.feeders:
            walk(below, below.name.partition("-")[0])

    note("site", [tree.grid, *tree.sources])
    walk(tree.main, "site")
    note("site", tree.auxiliaries)
    return [(where, name, count, ratings) for (where, name, ratings), count in found.items()]
