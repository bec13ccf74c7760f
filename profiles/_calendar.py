"""Words for days, months and times of day as tariffs write them: ``"mon-sat"``, ``"jun,dec"``."""

from __future__ import annotations

from collections.abc import Sequence

from twin.errors import nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SLOT_MIN = 30
SLOTS_PER_DAY = 24 * 60 // SLOT_MIN


def parse_names(text: str, known: Sequence[str]) -> frozenset[int]:
    """Return the positions named by ``"mon-wed,fri"``; ranges may wrap around (``"nov-feb"``).

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    found: set[int] = set()
    for part in text.split(","):
        ends = [_position(word.strip(), known) for word in part.split("-")]
        if len(ends) > 2:
            raise ValueError(f"'{part.strip()}' is no range; write e.g. {known[0]}-{known[4]}")
        length = (ends[-1] - ends[0]) % len(known)
        found.update((ends[0] + k) % len(known) for k in range(length + 1))
    return frozenset(found)


def _position(word: str, known: Sequence[str]) -> int:
    if word not in known:
        raise ValueError(f"unknown name '{word}'{nearest(word, known)}; known: {', '.join(known)}")
    return known.index(word)


def parse_slot(text: str) -> int:
    """Return the half-hour of the day (0 to 48) of a time written ``HH:MM``.

    Raises
    ------
    ValueError
        If it is no time of day or lies between half-hours.
    """
    hour, colon, minute = text.partition(":")
    digits = len(hour) == 2 and len(minute) == 2 and (hour + minute).isascii()
    if not (colon and digits and (hour + minute).isdigit()):
        raise ValueError(f"'{text}' is no time of day; write HH:MM, 00:00 to 24:00")
    total = int(hour) * 60 + int(minute)
    if int(minute) >= 60 or total > 24 * 60:
        raise ValueError(f"'{text}' is no time of day; write HH:MM, 00:00 to 24:00")
    if total % SLOT_MIN:
        raise ValueError(f"'{text}' lies between half-hours; prices may change at HH:00 and HH:30")
    return total // SLOT_MIN
