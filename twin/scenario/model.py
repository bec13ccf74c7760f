"""The scenario as everybody else sees it: frozen, complete, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from twin import registry
from twin.contracts.calendar import YEAR_S
from twin.contracts.kinds import kind_of
from twin.contracts.world import Economics, Grid, Site
from twin.errors import ScenarioError, nearest, one_by_one
from twin.quantity import MisfitError, Spec, quantity

V = TypeVar("V")
NAME = r"^[a-z0-9-]+$"


class FrozenDict(dict[str, V]):
    """A dict that cannot be changed; it pickles and prints like any other."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        del args, kwargs
        raise TypeError("a scenario cannot be changed; load another one with --set or `sets=`")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> Any:
        return FrozenDict, (dict(self),)


def _complete(tables: dict[str, Spec]) -> FrozenDict[Spec]:
    """Return the tables in one order, with those that stand in every plant, named or not."""
    always: dict[str, Spec] = {
        known.table: known.spec()
        for known in registry.kinds()
        if not known.world
        and known.table not in tables
        and getattr(known.spec, "present_by_default", False)
    }
    return FrozenDict(sorted((always | tables).items()))


class Architecture(Spec):
    """A choice on the site's tree: compartments, and what stands in the plant tables."""

    compartments: int = quantity("", "Compartments that the site is divided into", ge=1)
    compartment_pods: list[Annotated[int, Field(ge=1)]] | None = quantity("pods", "Pods of each "
        "compartment, in their order (left out: as even as can be)", None, min_length=1)  # fmt: skip
    title: str = quantity("", "Name for people", "", source="none needed")
    tables: Annotated[dict[str, Spec], AfterValidator(_complete)] = quantity(
        "", "Plant tables: the shared ones merged with this architecture's own", {})  # fmt: skip
    more_storage: Annotated[dict[str, Spec], AfterValidator(FrozenDict)] = quantity(
        "", "Further storage besides the table 'storage', by name", {})  # fmt: skip

    @property
    def division(self) -> int | Sequence[int]:
        """How pods are divided: the number of compartments, or the pods of each."""
        return self.compartments if self.compartment_pods is None else tuple(self.compartment_pods)

    @model_validator(mode="after")
    def _compartments_fit(self) -> Self:
        given = self.compartment_pods
        if given is not None and len(given) != self.compartments:
            raise ValueError(
                f"compartment_pods has {len(given)} entries, but there are "
                f"{self.compartments} compartments"
            )
        return self

    @model_validator(mode="after")
    def _tables_fit(self) -> Self:
        for table, spec in self.tables.items():
            fits = getattr(spec, "fits", None)
            try:
                if callable(fits):
                    fits(self.compartments)
            except MisfitError as error:
                raise MisfitError(f"{table}.{error.key}", error.text) from None
            except ValueError as error:
                raise ValueError(f"{table}: {error}") from None
        return self


class SplitStep(Spec):
    """One step on the way from the baseline to another design, in which one thing changes."""

    part: Literal["location", "coupling", "size", "dispatch"] = quantity("", "What changes: where "
        "storage stands, how it is coupled, how large it is, or what it may do")  # fmt: skip
    to: str = quantity("", "The architecture that the step leads to")


class Scenario(Spec):
    """A site, its world, and the architectures to compare on it.

    Read one with ``Scenario.load(path_or_name, sets)``, `from_text` or `from_dict`; do not call the
    class. A scenario is frozen: to change a figure, load another with `sets`, which work as ``--set``
    does on the command line. Figures carry their units in their keys (kW, kWh, h, USD).

    Raises
    ------
    ScenarioError
        From all three: a key is unknown, missing, of the wrong type or out of range. All mistakes are
        told together, each with file, key, value, what is allowed and the nearest known key.
    DataError
        A data file that the scenario names is missing or breaks its format.

    Examples
    --------
    >>> from twin import Scenario
    >>> scenario = Scenario.load("tiny", ["diesel.sets=2", "architectures.distributed.title=Pods"])
    >>> scenario.architectures["distributed"].tables["diesel"].sets
    2
    >>> list(scenario.architectures)[:2]
    ['centralized', 'distributed']
    """

    name: str = quantity("", "Name of the scenario; folders of results carry it",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")  # fmt: skip
    description: str = quantity("", "One sentence for lists", "", source="none needed")
    horizon_years: float = quantity("yr", "Simulated time", 10.0, gt=0, le=100,
        source="convention: the usual term for levelized costs of storage")  # fmt: skip
    start_year: int = quantity("", "Calendar year of the first 1 January", 2026, ge=1950, le=2200,
        source="convention")  # fmt: skip
    modules: list[str] = quantity("", "The user's own modules of parts, by dotted name", [],
        source="none needed")  # fmt: skip
    site: Site = quantity("", "Where the site stands", {})
    grid: Grid = quantity("", "The utility connection and its disturbances")
    load: kind_of("load") = quantity("", "What is to be kept running")  # type: ignore[valid-type]
    tariff: kind_of("tariff") = quantity("", "Prices of grid energy")  # type: ignore[valid-type]
    economics: Economics = quantity("", "Prices that do not depend on the design", {})
    architectures: Annotated[dict[str, Architecture], AfterValidator(FrozenDict)] = quantity(
        "", "The designs to compare, in the file's order", min_length=1)  # fmt: skip
    default_architectures: list[str] = quantity("", "What `run` simulates; the first is the "
        "baseline of differences", source="convention: the first two of the file")  # fmt: skip

    split: list[SplitStep] = quantity("", "The way from the baseline (the first default "
        "architecture) to the design that is compared with it, one change a step; the last step "
        "starts at the design that it must beat", [], source="none needed")  # fmt: skip

    _origin: str = PrivateAttr("scenario")
    _source: Path | None = PrivateAttr(None)
    _given: dict[str, str] = PrivateAttr(default_factory=dict)
    _content: Any = PrivateAttr(None)  # what `changed` starts from: (content, twin.scenario Source)

    @model_validator(mode="before")
    @classmethod
    def _first_two(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("architectures"), Mapping):
            return {"default_architectures": list(data["architectures"])[:2], **data}
        return data

    @field_validator("tariff")
    @classmethod
    def _fits_the_grid(cls, tariff: Spec, info: ValidationInfo) -> Spec:
        grid = info.data.get("grid")
        if grid is not None and grid.connected == getattr(tariff, "nothing", False):
            utility = "there is a utility" if grid.connected else "grid.connected is false"
            raise ValueError(f"kind must {'not be' if grid.connected else 'be'} none: {utility}")
        return tariff

    @field_validator("architectures")
    @classmethod
    def _can_live(
        cls, found: FrozenDict[Architecture], info: ValidationInfo
    ) -> FrozenDict[Architecture]:
        grid = info.data.get("grid")
        for name, design in found.items() if grid is not None and not grid.connected else ():
            stores = [design.tables.get("storage"), *design.more_storage.values()]
            formed = any(
                getattr(s, "forms", False) and getattr(s, "level", "") == "site" for s in stores
            )
            if not formed and not getattr(design.tables.get("diesel"), "sets", 0):
                raise ValueError(
                    f"{name}: grid.connected is false, so it needs a storage of kind bess and "
                    "level site, which forms the site bus, or diesel sets"
                )
        return found

    @field_validator("default_architectures")
    @classmethod
    def _exist(cls, names: list[str], info: ValidationInfo) -> list[str]:
        known = list(info.data.get("architectures", names))
        for name in names:
            if name not in known:
                raise ValueError(f"unknown architecture '{name}'{nearest(name, known)}")
        if not names or len(set(names)) < len(names):
            raise ValueError("must name at least one architecture, and each once")
        return names

    @field_validator("split")
    @classmethod
    def _leads_somewhere(cls, steps: list[SplitStep], info: ValidationInfo) -> list[SplitStep]:
        known, names = list(info.data.get("architectures", ())), [step.to for step in steps]
        for step in steps if known else ():
            if step.to not in known:
                raise ValueError(f"unknown architecture '{step.to}'{nearest(step.to, known)}")
        if len(set(names)) < len(names):
            raise ValueError("must lead to each architecture at most once")
        return steps

    @property
    def chain(self) -> list[str]:
        """The architectures of the split, the baseline first; [] where there is none to take."""
        steps = [step.to for step in self.split]
        baseline = self.default_architectures[0]
        return [baseline, *steps] if steps and baseline not in steps else []

    @classmethod
    def from_text(
        cls, text: str, sets: Sequence[str] = (), origin: str = "scenario text"
    ) -> Self:  # fmt: skip
        """Read a scenario from the text of a TOML document.

        Parameters
        ----------
        text
            The document; data files that it names are found from the working directory.
        sets
            Changes as on the command line: ``"diesel.sets=4"``.
        origin
            Its name in messages.
        """
        from twin.scenario import loading

        return loading.from_text(cls, text, sets, origin, None)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], sets: Sequence[str] = (), origin: str = "scenario"
    ) -> Self:
        """Read a scenario from the content of a TOML document, as `to_dict` returns it.

        Parameters
        ----------
        data
            Tables as dicts, keys as in a file.
        sets, origin
            As for `from_text`.
        """
        from twin.scenario import loading

        return loading.build(cls, data, sets, loading.Source(origin))

    @property
    def horizon_s(self) -> float:
        """Simulated time, s."""
        return self.horizon_years * YEAR_S

    @property
    def origin(self) -> str:
        """Where the scenario came from, in words."""
        return self._origin

    @property
    def source(self) -> Path | None:
        """The scenario's file, if it came from one."""
        return self._source

    @cached_property
    def digest(self) -> str:
        """First 12 hex digits of sha256 over everything that matters, data files included."""
        from twin.scenario.dump import digest

        return digest(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole scenario, defaults written out, as `from_dict` reads it."""
        from twin.scenario.dump import to_dict

        return to_dict(self)

    def to_toml(self) -> str:
        """Return the whole scenario, defaults written out, as a TOML document."""
        from twin.scenario.toml_text import dumps

        return dumps(self.to_dict())

    def chosen(self, names: Iterable[str] = ()) -> list[str]:
        """Return the architectures to simulate: those named, else the scenario's default.

        Raises
        ------
        ScenarioError
            There is no architecture of a name.
        """
        wanted = list(dict.fromkeys(names))
        for name in wanted:
            if name not in self.architectures:
                known = list(self.architectures)
                hint = one_by_one(name, known, "--architecture")
                raise ScenarioError(
                    f"{self.origin}: unknown architecture '{name}'{hint}; known: {', '.join(known)}"
                )
        return wanted or list(self.default_architectures)

    def changed(self, sets: Sequence[str], option: str = "--set") -> Self:
        """Return the scenario with further changes, as if its file were read again with them.

        Parameters
        ----------
        sets
            Changes as on the command line: ``"diesel.sets=4"``.
        option
            How errors call them.
        """
        from twin.scenario import loading

        if not sets:
            return self
        data, source = self._content or (self.to_dict(), loading.Source(self.origin))
        return loading.build(type(self), data, sets, source, option)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; its digest is taken anew."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("digest", None)
        if update:
            copy._content = None  # the file does not say what was updated
        return copy


def _load(cls: type[Scenario], path_or_name: str | Path, sets: Sequence[str] = ()) -> Scenario:
    """Read a scenario file, or a shipped scenario by its name: ``Scenario.load``.

    Parameters
    ----------
    path_or_name
        Path of a TOML file, or the name of a shipped scenario (``"tiny"``).
    sets
        Changes as on the command line: ``"diesel.sets=4"``.

    Returns
    -------
    Scenario
        Complete, checked and frozen.

    Raises
    ------
    ScenarioError
        There is no such file or name, it is no TOML, or anything in it is wrong.
    DataError
        A data file that it names is missing or breaks its format.
    """
    from twin.scenario import library, loading

    file = library.locate(path_or_name)
    return loading.from_text(cls, library.read(file), sets, str(file), file)


# The class loads, an instance has a load: pydantic keeps fields out of the class, so both can be
# had under one name, but not written in one class body.
Scenario.load = classmethod(_load)
