"""What the model leaves out, said where the results are read."""

from __future__ import annotations

NOT_MODELLED = (
    "Electromagnetic transients, harmonics, flicker and phase jumps: a sag is one residual voltage "
    "and one duration for the whole site, the lowest of all phases. Whether a converter or a power "
    "supply rides through is decided by curves and times, not by waveforms.",
    "The answer of generator sets to swings of GPU load within a second: voltage and frequency dips, "
    "torsion, and what batteries would have to smooth. Sets accept load in steps.",
    "Frequency and stability of the utility grid, and what the site does to it.",
    "Protection: selectivity, fault currents, inrush and arc flash; faults inside the site are limited "
    "to those of buses, storage, UPS strings and diesel sets.",
    "Wear of GPUs, power supplies and disks by power cycling; nodes that do not come back after a "
    "cold start.",
    "Jobs that shrink, move or share pods: jobs are rigid gangs with a fixed checkpoint interval, "
    "and what a user loses beyond GPU time (deadlines, reputation) has no price.",
    "Operators: nobody notices early, decides differently, or makes mistakes.",
    "Taxes, inflation, subsidies, insurance, and changes of prices over the years.",
    "Cost of the GPUs and the building themselves, which all architectures share.",
)
