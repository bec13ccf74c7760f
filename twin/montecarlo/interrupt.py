"""Ctrl-C, softly: the first one lets the replications under way finish, the second one does not."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any, Self

MESSAGE = b"\nInterrupted: finishing what is under way (Ctrl-C again to stop at once) ...\n"


class Interrupt:
    """While entered, the first SIGINT only sets `requested`; the next raises KeyboardInterrupt.

    Outside the main thread, where Python allows no handlers, it does nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: Any = None

    def __enter__(self) -> Self:
        try:
            self._before = signal.signal(signal.SIGINT, self._handle)
        except ValueError:
            self._before = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        os.write(2, MESSAGE)  # a handler may have interrupted a print: sys.stderr is not safe here
