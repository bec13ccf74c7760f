"""Simulating many variants of one scenario on the same luck: one pool, one bar, one folder.

A variant is the scenario with changes. Its results stand in ``DIR/points/DIGEST``, a folder like that
of any run, so sweeps and searches over one scenario share what is finished, and an interruption
loses nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import InputError, OutputError
from twin.explore import tables
from twin.montecarlo import (
    REPLICATIONS,
    SEED,
    Done,
    Interrupt,
    Plan,
    Task,
    finished_tasks,
    manifest,
)
from twin.montecarlo.progress import progress_bar

if TYPE_CHECKING:
    from twin.estimate import Estimate
    from twin.results import Collector, Failure, Manifest, Results, Tables
    from twin.scenario import Scenario

POINTS = "points"
MOST_REMEMBERED = 64
"""Manifests kept in memory: searches ask for the same few again, sweeps for each in turn."""


class Stopped(KeyboardInterrupt):
    """Interrupted softly: what is finished has been saved."""


@dataclass(frozen=True)
class Settings:
    """How variants are simulated.

    Attributes
    ----------
    n, seed
        Replications of each variant, and the seed of their luck, which all variants share.
    workers
        Number of processes; left out, one per processor.
    out
        Folder for the results; None keeps them in memory.
    resume
        True insists on a folder that holds an earlier attempt.
    progress
        True shows a progress bar on a terminal.
    command
        The command line, for the manifests.
    """

    n: int = REPLICATIONS
    seed: int = SEED
    workers: int | None = None
    out: Path | None = None
    resume: bool = False
    progress: bool = False
    command: Sequence[str] = ()


@dataclass(frozen=True)
class Variant:
    """The scenario with changes, and the digest of what they make of it."""

    sets: tuple[str, ...]
    digest: str


@dataclass
class Bench:
    """Simulates variants of a scenario.

    Attributes
    ----------
    scenario
        What the changes are applied to.
    settings
        How to simulate.
    architectures
        Names of the designs; left out, the scenario's default. The first is the baseline.
    failures
        What could not be simulated, with the variant it belongs to.
    """

    scenario: Scenario
    settings: Settings = field(default_factory=Settings)
    architectures: Sequence[str] = ()
    failures: list[tuple[Variant, Failure]] = field(default_factory=list)
    _kept: dict[str, Tables] = field(default_factory=dict)
    _manifests: dict[str, Manifest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.settings.n < 1:
            raise InputError(f"-n: {self.settings.n} replications; must be at least 1")
        self.architectures = tuple(self.scenario.chosen(self.architectures))
        self._plan = Plan(
            self.scenario, self.settings.seed, range(self.settings.n), self.architectures,
            self.settings.workers,
        )  # fmt: skip
        self._plan.check()
        self._manifest: Manifest = manifest(
            self.scenario, self.settings.seed, self.settings.command
        )
        self._claimed = False

    def variant(self, sets: Sequence[str], option: str = "--set") -> Variant:
        """Return a variant; `ScenarioError` if the changes are wrong, naming the option."""
        return Variant(tuple(sets), self.scenario.changed(sets, option).digest)

    def simulate(self, variants: Sequence[Variant]) -> None:
        """Simulate what is missing of the variants.

        Raises
        ------
        Stopped
            After Ctrl-C, when everything that is finished has been saved.
        """
        self._claim()
        unlike = list({variant.digest: variant for variant in variants}.values())
        tasks = {variant.sets: self._tasks(variant) for variant in unlike}
        listed = [task for todo in tasks.values() for task in todo]
        if not listed:
            return
        with (
            Interrupt() as stop, progress_bar(len(listed), show=self.settings.progress) as advance,
            _Shelf(self, {v.sets: (v, len(tasks[v.sets])) for v in unlike}) as shelf,
            contextlib.closing(finished_tasks(self._plan, listed, stop)) as finished,
        ):
            for done in finished:
                shelf.put(done)
                advance(1)
        if stop.requested:
            raise Stopped

    def results(self, variant: Variant) -> Results:
        """Return what is finished of a variant."""
        from twin.results import Results

        return Results.of(self.manifest_of(variant), self._tables(variant))

    def summary(self, variant: Variant) -> dict[str, Any]:
        """Return the content of a variant's ``summary.json``, from the file if it is up to date."""
        return self._saved(variant) or self.results(variant).summary

    def estimates(self, variant: Variant, metric: str) -> dict[str, Estimate]:
        """Return a metric of each design, and of each difference ``"B - A"``."""
        saved = self._saved(variant)
        if saved is None:
            return self.results(variant).estimates_of(metric)
        blocks = {**saved["architectures"], **saved["differences"]}
        return {name: tables.estimate_in(block[metric]) for name, block in blocks.items()}

    def _saved(self, variant: Variant) -> dict[str, Any] | None:
        """Return what stands in ``summary.json``, None unless it is of what we ask."""
        folder = self.folder(variant)
        if folder is None or _journals(folder):
            return None
        from twin.results import read_manifest

        found, wanted = read_manifest(folder), self.manifest_of(variant)
        asked = (found.replications, found.architectures)
        if asked != (wanted.replications, wanted.architectures):
            return None
        body: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
        return body

    def folder(self, variant: Variant) -> Path | None:
        """Return the folder of a variant, None if results are kept in memory."""
        out = self.settings.out
        return None if out is None else out / POINTS / variant.digest

    def manifest_of(self, variant: Variant) -> Manifest:
        """Return the manifest of a run of the variant."""
        if variant.digest not in self._manifests:
            if len(self._manifests) >= MOST_REMEMBERED:
                self._manifests.clear()
            made = self.scenario.changed(variant.sets)
            identity = replace(self._manifest.identity, scenario=made.name, digest=variant.digest)
            whole = replace(self._manifest, identity=identity, content=made.to_dict())
            asking = whole.asking(self._plan.replications, self.architectures)
            self._manifests[variant.digest] = asking
        return self._manifests[variant.digest]

    def open(self, variant: Variant, stack: contextlib.ExitStack) -> Collector:
        """Return what collects a variant's records."""
        from twin.results import Collector, RunFolder

        folder, wanted = self.folder(variant), self.manifest_of(variant)
        if folder is None:
            return Collector(wanted, self._kept.get(variant.digest))
        return stack.enter_context(RunFolder(folder, wanted))

    def keep(self, variant: Variant, collector: Collector, failures: Sequence[Failure]) -> None:
        """Save what was collected, and close the variant."""
        collector.save(failures)
        self.failures += [(variant, failure) for failure in failures]
        if self.settings.out is None:
            self._kept[variant.digest] = collector.tables

    def _tasks(self, variant: Variant) -> list[Task]:
        there = self._tables(variant).present()
        return [t._replace(sets=variant.sets) for t in self._plan.tasks(there)]

    def _tables(self, variant: Variant) -> Tables:
        from twin.results import Tables
        from twin.results.folder import load_tables

        folder = self.folder(variant)
        if folder is None:
            return self._kept.get(variant.digest, Tables.of([]))
        return load_tables(folder) if folder.exists() else Tables.of([])

    def _claim(self) -> None:
        """Make the folder ours, or refuse one that holds something else."""
        out = self.settings.out
        if out is None or self._claimed:
            return
        from twin.results import claim

        if self.settings.resume and not (out / POINTS).exists():
            raise OutputError(f"--resume: {out} holds nothing to go on with; leave --resume out")
        claim(out, self._manifest)
        self._claimed = True


def _journals(folder: Path) -> bool:
    from twin.results.folder import JOURNALS

    return (folder / JOURNALS).exists()


class _Shelf:
    """The variants under way: opened by their first result, closed and saved by their last."""

    def __init__(
        self, bench: Bench, expected: dict[tuple[str, ...], tuple[Variant, int]]
    ) -> None:
        self._bench = bench
        self._expected = expected
        self._open: dict[tuple[str, ...], _Place] = {}

    def __enter__(self) -> _Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        for sets in list(self._open):
            self._close(sets)

    def put(self, done: Done) -> None:
        """Keep the result of a task."""
        from twin.results import Failure, Record

        sets, number = done.task.sets, done.task.replication
        if sets not in self._open:
            variant, left = self._expected[sets]
            stack = contextlib.ExitStack()
            self._open[sets] = _Place(variant, left, stack, self._bench.open(variant, stack))
        place = self._open[sets]
        for outcome in done.outcomes:
            place.collector.add(Record.of(number, outcome))
        place.failures += [Failure(number, *error) for error in done.errors]
        place.left -= 1
        if place.left == 0:
            self._close(sets)

    def _close(self, sets: tuple[str, ...]) -> None:
        place = self._open.pop(sets)
        with place.stack:
            self._bench.keep(place.variant, place.collector, place.failures)


@dataclass
class _Place:
    """A variant under way."""

    variant: Variant
    left: int
    stack: contextlib.ExitStack
    collector: Collector
    failures: list[Failure] = field(default_factory=list)
