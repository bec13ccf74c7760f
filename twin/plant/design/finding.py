"""What a design rule says: which keys, what is wrong with them in numbers, and what would cure it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Finding:
    """A warning about a design that is possible but unwise.

    Attributes
    ----------
    rule
        Name of the rule; ``"table"`` for what a table says about itself.
    keys
        Dotted keys of the scenario file that it is about.
    problem
        The two numbers that do not go together, with their units.
    cure
        What would make the warning go away.
    architectures
        Names of the designs concerned.
    """

    rule: str
    keys: tuple[str, ...]
    problem: str
    cure: str = ""
    architectures: tuple[str, ...] = ()

    def __str__(self) -> str:
        shared = [n for n in self.architectures if not any(f".{n}." in k for k in self.keys)]
        where = f" ({', '.join(shared)})" if shared else ""
        cure = f"; {self.cure}" if self.cure else ""
        return f"{', '.join(self.keys)}{where}: {self.problem}{cure}"


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings that differ in the architecture alone as one, in the order of the first."""
    found: dict[Finding, list[str]] = {}
    for finding in findings:
        names = found.setdefault(replace(finding, architectures=()), [])
        names += [n for n in finding.architectures if n not in names]
    return [replace(f, architectures=tuple(names)) for f, names in found.items()]
