"""``python -m twin.cli`` is the command ``ridethrough``, where that is not installed."""

from __future__ import annotations

import sys

from twin.cli.app import main

sys.exit(main())
