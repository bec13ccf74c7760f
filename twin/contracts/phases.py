"""Which phases a sag touches, and what is left of it at a server's power supplies.

Bollen's ABC classification: a sag is given by its type and its characteristic voltage V, the lowest
of all phase-to-neutral and phase-to-phase voltages at the connection (phase jump and drop of the
positive-negative factor left out). Phasors of the three phases, in pu:

====  =========================  ================================================
type  fault                      phasors
====  =========================  ================================================
A     three phases               V, (-1/2 ± j √3/2) V
B     one phase to ground        V, -1/2 ± j √3/2
C     phase to phase             1, -1/2 ± j √3/2 V
D     C behind a delta-wye       V, -V/2 ± j √3/2
E     two phases to ground       1, (-1/2 ± j √3/2) V
F     E behind a delta-wye       V, -V/2 ± j (2 + V)/√12
G     F behind a delta-wye       (2 + V)/3, -(2 + V)/6 ± j √3/2 V
====  =========================  ================================================

A delta-wye transformer (Dyn) gives each low-voltage phase the difference of two phases above, over
√3, so the zero-sequence part is lost: B becomes C with (1 + 2V)/3, C becomes D, D becomes C, E
becomes F, F becomes G, G becomes F; A stays A. Two of them in series only take the zero sequence out.

References
----------
M. H. J. Bollen, *Understanding Power Quality Problems* (IEEE Press, 2000), section 4.4; L. D. Zhang
and M. H. J. Bollen, IEEE Trans. Power Delivery 15(2) (2000) 518-521. Cited from memory; the
transformation is computed here from the phasors and not taken from their tables.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import InputError, nearest

Array = NDArray[np.float64]
Codes = NDArray[np.int8]
Winding = Literal["none", "dyn", "dyn_dyn"]


class SagType(IntEnum):
    """Codes of the types; 1 to 3 say how many phases sag at the connection."""

    B = 1
    E = 2
    A = 3
    C = 4
    D = 5
    F = 6
    G = 7


THREE_PHASES = int(SagType.A)
_H = np.sqrt(0.75)
_SWAP = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [-1.0, 0.0, 1.0]]) / np.sqrt(3.0)
TRANSFORMATION = {"none": np.eye(3), "dyn": _SWAP, "dyn_dyn": _SWAP @ _SWAP}
"""Voltages at the equipment from those at the connection, by what stands between."""


def _phasors() -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return the phasors of all types as a constant part and one that grows with V, shape (8, 3)."""
    real_0, real_v = np.zeros((8, 3)), np.zeros((8, 3))
    imaginary_0, imaginary_v = np.zeros(8), np.zeros(8)
    third, half, sixth = 1 / 3, 1 / 2, 1 / 6
    real_v[SagType.A], imaginary_v[SagType.A] = (1, -half, -half), _H
    real_0[SagType.B], real_v[SagType.B], imaginary_0[SagType.B] = (0, -half, -half), (1, 0, 0), _H
    real_0[SagType.C], imaginary_v[SagType.C] = (1, -half, -half), _H
    real_v[SagType.D], imaginary_0[SagType.D] = (1, -half, -half), _H
    real_0[SagType.E], real_v[SagType.E], imaginary_v[SagType.E] = (1, 0, 0), (0, -half, -half), _H
    real_v[SagType.F] = (1, -half, -half)
    imaginary_0[SagType.F], imaginary_v[SagType.F] = 2 / np.sqrt(12), 1 / np.sqrt(12)
    real_0[SagType.G], real_v[SagType.G] = (2 * third, -third, -third), (third, -sixth, -sixth)
    imaginary_v[SagType.G] = _H
    turn = 1j * np.array([0.0, -1.0, 1.0])
    return real_0 + np.outer(imaginary_0, turn), real_v + np.outer(imaginary_v, turn)


_CONSTANT, _GROWING = _phasors()


def phase_voltages(
    voltage_pu: ArrayLike, phase_type: ArrayLike, transformer: Winding = "none"
) -> Array:
    """Return the three phase-to-neutral voltages at the equipment, lowest first, shape (..., 3), pu.

    Parameters
    ----------
    voltage_pu
        Characteristic voltage at the connection, pu, shape (...).
    phase_type
        `SagType` of each, shape (...).
    transformer
        What stands between connection and equipment: ``"dyn"`` for one delta-wye transformer,
        ``"dyn_dyn"`` for two in series, ``"none"`` for none.
    """
    if transformer not in TRANSFORMATION:
        raise InputError(
            f"transformer: unknown winding '{transformer}'{nearest(transformer, TRANSFORMATION)}; "
            f"known: {', '.join(TRANSFORMATION)}"
        )
    volts = np.asarray(voltage_pu, dtype=np.float64)[..., np.newaxis]
    code = np.asarray(phase_type, dtype=np.int8)
    turn = TRANSFORMATION[transformer].T
    magnitude = np.abs((_CONSTANT @ turn)[code] + (_GROWING @ turn)[code] * volts)
    exact = np.where(code[..., np.newaxis] == THREE_PHASES, volts, magnitude)
    return np.asarray(np.sort(exact, axis=-1))


@overload
def seen_by_supplies(
    voltage_pu: float,
    phase_type: int,
    transformer: Winding = ...,
    supplies: int = ...,
    needed: int = ...,
) -> float: ...


@overload
def seen_by_supplies(
    voltage_pu: Array,
    phase_type: Codes,
    transformer: Winding = ...,
    supplies: int = ...,
    needed: int = ...,
) -> Array: ...


def seen_by_supplies(
    voltage_pu: float | Array,
    phase_type: int | Codes,
    transformer: Winding = "dyn",
    supplies: int = 6,
    needed: int = 4,
) -> float | Array:
    """Return the residual voltage that decides whether a server survives a sag, pu.

    A server with several supplies, spread evenly over the phases, runs as long as enough of them
    do. What counts is therefore the voltage of the last one that is needed, the `needed`-th highest.
    Behind a Dyn transformer, with six supplies of which four are needed, sags of one phase and of
    two phases to ground give the same: √((1 + V + V²)/3), never below 0.577 pu.

    Parameters
    ----------
    voltage_pu
        Residual (characteristic) voltage at the connection, pu; one, or shape (n,).
    phase_type
        `SagType`: one, or shape (n,).
    transformer
        Windings between connection and supplies, as in `phase_voltages`.
    supplies
        Supplies of a server. Those that cannot be spread evenly stand on the phases hit worst.
    needed
        Supplies that carry the server, at most `supplies`.
    """
    if not 1 <= needed <= supplies:
        raise InputError(f"supplies: {needed} of {supplies} needed; must be at least 1, at most all")
    phases = phase_voltages(voltage_pu, phase_type, transformer)
    on_phase = [supplies // 3 + (k < supplies % 3) for k in range(3)]  # worst phase first
    phase = 2 if needed <= on_phase[2] else 1 if needed <= on_phase[2] + on_phase[1] else 0
    seen = phases[..., phase]
    return float(seen) if seen.ndim == 0 else np.asarray(seen)


def sag_code(word: str | int) -> int:
    """Return the code of a type given as number of phases (1 to 3) or as Bollen's letter.

    Raises
    ------
    ValueError
        It is neither.
    """
    text = str(word).strip().upper()
    if text in SagType.__members__:
        return int(SagType[text])
    if text in ("1", "2", "3"):
        return int(text)
    raise ValueError("is no sag type; write 1, 2 or 3 phases, or Bollen's letter A to G")
