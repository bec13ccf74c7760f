"""Randomness named by its cause, never by architecture, position or order of use.

Two kinds of luck:

* `generator` gives a NumPy generator for *bulk exogenous arrays* (sags, weather, node faults), keyed
  by sha256 of (seed, replication, name).
* `Luck` gives *draws on demand*: one uniform per cause, e.g. ``("diesel-2", "start", "outage-0017",
  1)``. It is stateless: the same cause always has the same luck, whoever asks and however often,
  so two architectures meet the same fate and there is nothing to save.

Traps this avoids: ``SeedSequence([1]) == SeedSequence([1, 0])``; built-in ``hash`` is salted per
process; one shared generator shifts everybody's draws when a device is added.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.jit import entry, inlined

Cause = tuple[str | int, ...]
_MASK = 0xFFFFFFFFFFFFFFFF
_TO_UNIT = 2.0**-53


def _digest(*parts: str | int) -> int:
    """64 bits of sha256 over length-prefixed parts, so that ("ab", "c") differs from ("a", "bc")."""
    text = "".join(f"{len(p)}:{p}" for p in map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@lru_cache(maxsize=65_536)
def name_key(name: str | int) -> int:
    """Return the 64-bit key of one word of a cause."""
    return _digest("word", name)


def _mix(x: int) -> int:
    """Finalizer of splitmix64: a bijection of 64-bit words with full avalanche."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def generator(seed: int, replication: int, name: str) -> np.random.Generator:
    """Return the generator for one bulk exogenous array.

    Parameters
    ----------
    seed, replication
        The run's seed and the replication's number.
    name
        The array's cause, e.g. ``"grid/sags"``.
    """
    words = hashlib.sha256(f"{seed}/{replication}/{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(words, "big")))


class Luck:
    """Draws on demand for one replication.

    Parameters
    ----------
    seed, replication
        The run's seed and the replication's number.
    forced
        Optional: given a cause, the uniform to use instead, or None to leave it to chance. Exact
        enumeration (`twin.enumeration`) works through it.
    realm
        Optional: names a world beside the replication's own, whose luck is independent of it.
    """

    def __init__(
        self,
        seed: int,
        replication: int,
        forced: Callable[[Cause], float | None] | None = None,
        realm: str = "",
    ) -> None:
        world = (realm,) if realm else ()
        self.root = _digest("luck", seed, replication, *world)
        self._forced = forced

    @property
    def left_to_chance(self) -> bool:
        """Whether no draw is given, so that compiled code may draw from ``root`` itself."""
        return self._forced is None

    def uniform(self, *cause: str | int) -> float:
        """Return the uniform in (0, 1) that belongs to the cause."""
        if self._forced is not None:
            value = self._forced(cause)
            if value is not None:
                return value
        key = self.root
        for word in cause:
            key = _mix((key + 0x9E3779B97F4A7C15) & _MASK ^ name_key(word))
        return ((key >> 11) + 0.5) * _TO_UNIT

    def uniforms(self, names: NDArray[np.uint64], *cause: str | int) -> NDArray[np.float64]:
        """Return one uniform per named unit, the same as ``uniform(name, *cause)`` for each.

        Parameters
        ----------
        names
            Keys of the units' names, from `name_keys`, shape (n,).
        cause
            The rest of the cause, common to all units.
        """
        drawn = np.empty(names.shape[0])
        words = np.array([name_key(word) for word in cause], dtype=np.uint64)
        _fill(drawn, names, words, np.uint64(self.root))
        if self._forced is not None:
            for n, known in enumerate(names.tolist()):
                value = self._forced((_NAMES[known], *cause))
                drawn[n] = drawn[n] if value is None else value
        return drawn

    def happens(self, probability: float, *cause: str | int) -> bool:
        """Return whether an event of the given probability happens to this cause."""
        return self.uniform(*cause) < probability

    def exponential(self, mean: float, *cause: str | int) -> float:
        """Return an exponential variate with the given mean."""
        return -mean * math.log1p(-self.uniform(*cause))

    def lognormal(self, median: float, sigma: float, *cause: str | int) -> float:
        """Return a lognormal variate with the given median and log-standard deviation."""
        return median * math.exp(sigma * normal_quantile(self.uniform(*cause)))

    def between(self, low: float, high: float, *cause: str | int) -> float:
        """Return a uniform variate between low and high."""
        return low + (high - low) * self.uniform(*cause)


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inlined
def _mix_word(x: np.uint64) -> np.uint64:
    """Mix like `_mix`, in machine words."""
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@inlined
def unit_uniform(root: np.uint64, name: np.uint64, kind: np.uint64, event: np.uint64) -> float:
    """Return the uniform of a cause of three words by their keys, in compiled code."""
    key = _mix_word((root + _GOLDEN) ^ name)
    key = _mix_word((key + _GOLDEN) ^ kind)
    key = _mix_word((key + _GOLDEN) ^ event)
    return (np.float64(key >> _S11) + 0.5) * _TO_UNIT


@entry
def _fill(
    out: NDArray[np.float64],
    names: NDArray[np.uint64],
    words: NDArray[np.uint64],
    root: np.uint64,
) -> None:
    """Fill `out` with the uniforms of `names` for a cause."""
    for n in range(names.shape[0]):
        key = _mix_word((root + _GOLDEN) ^ names[n])
        for w in range(words.shape[0]):
            key = _mix_word((key + _GOLDEN) ^ words[w])
        out[n] = (np.float64(key >> _S11) + 0.5) * _TO_UNIT


_NAMES: dict[int, str] = {}


def name_keys(names: list[str]) -> NDArray[np.uint64]:
    """Return the 64-bit keys of names, for `Luck.uniforms`."""
    _NAMES.update((name_key(n), n) for n in names)
    return np.array([name_key(n) for n in names], dtype=np.uint64)


_A = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_B = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
)
_C = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00)


def normal_quantile(u: float) -> float:
    """Return the standard normal quantile (P. J. Acklam's rational form, one Halley step).

    Accurate to 1e-15 relative after the refinement step; avoids importing scipy in workers.
    """
    if u > 0.5:  # by symmetry: 1 - u is exact there, and the lower tail is the accurate one
        return -normal_quantile(1.0 - u)
    if u < 0.02425:
        q = math.sqrt(-2.0 * math.log(u))
        x = _poly(_C, q) / (_poly(_D, q) * q + 1.0)
    else:
        q = u - 0.5
        r = q * q
        x = _poly(_A, r) * q / (_poly(_B, r) * r + 1.0)
    error = 0.5 * math.erfc(-x / math.sqrt(2.0)) - u
    step = error * math.sqrt(2.0 * math.pi) * math.exp(0.5 * x * x)
    return x - step / (1.0 + 0.5 * x * step)


def _poly(coefficients: tuple[float, ...], x: float) -> float:
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total
