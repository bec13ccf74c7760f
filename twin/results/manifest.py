"""The manifest: what a folder of results holds, and what made it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from twin.errors import InputError
from twin.results.record import Failure, numbers, spans
from twin.results.versions import library_versions


@dataclass(frozen=True)
class Identity:
    """Results may share a folder only if all of this is equal.

    Attributes
    ----------
    scenario, digest
        Name of the scenario and the digest of all that decides results.
    seed
        Seed of the run.
    version, sources
        Version of the product and hash of its code.
    """

    scenario: str
    digest: str
    seed: int
    version: str
    sources: str

    def __str__(self) -> str:
        return (
            f"scenario {self.scenario} (digest {self.digest}), seed {self.seed}, "
            f"version {self.version} (code {self.sources})"
        )


@dataclass(frozen=True)
class Manifest:
    """What was asked for, what is there, and with what it was made.

    Attributes
    ----------
    identity
        What all rows have in common.
    content
        The whole scenario, defaults written out, as `twin.scenario.Scenario.from_dict` reads it.
    replications, architectures
        What the last run asked for; the first architecture is the baseline of differences.
    finished
        Finished replications of each architecture, also of earlier runs.
    failures
        What of the last run failed.
    command
        The last run's command line.
    """

    identity: Identity
    content: Mapping[str, Any]
    replications: tuple[int, ...] = ()
    architectures: tuple[str, ...] = ()
    finished: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def horizon_years(self) -> float:
        """Simulated time, yr."""
        return float(self.content["horizon_years"])

    @property
    def discount_rate(self) -> float:
        """Real discount rate, 1/yr."""
        return float(self.content["economics"]["discount_rate_real"])

    @property
    def pods(self) -> int:
        """Number of pods: so many may be lost to one cause."""
        return int(self.content.get("load", {}).get("pods", 1))

    def asking(self, replications: Sequence[int], architectures: Sequence[str]) -> Manifest:
        """Return the manifest of a run that asks for these."""
        return replace(
            self, replications=tuple(replications), architectures=tuple(architectures), failures=()
        )

    def to_json(self) -> str:
        """Return the text of ``manifest.json``."""
        i = self.identity
        body = {
            "product": "ridethrough",
            "scenario_name": i.scenario,
            "digest": i.digest,
            "seed": i.seed,
            "version": i.version,
            "sources": i.sources,
            "requested": {
                "replications": spans(self.replications),
                "architectures": list(self.architectures),
            },
            "finished": {name: spans(done) for name, done in self.finished.items()},
            "failures": [f.to_dict() for f in self.failures],
            "command": list(self.command),
            "versions": library_versions(),
            "platform": platform.platform(),
            "scenario": self.content,
        }
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Return the manifest that `to_json` wrote; `InputError` if it is none."""
        try:
            body = json.loads(text)
            asked = body["requested"]
            return cls(
                identity=Identity(
                    body["scenario_name"], body["digest"], int(body["seed"]), body["version"],
                    body["sources"],
                ),
                content=body["scenario"],
                replications=tuple(numbers(asked["replications"])),
                architectures=tuple(asked["architectures"]),
                finished={a: tuple(numbers(done)) for a, done in body["finished"].items()},
                failures=tuple(Failure(**f) for f in body["failures"]),
                command=tuple(body["command"]),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"is no manifest of this version of ridethrough ({type(error).__name__}: {error})"
            ) from None
