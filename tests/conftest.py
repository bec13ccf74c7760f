"""What all tests share: no deadline for an example, since timing is measured and never asserted."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ridethrough", deadline=None)
settings.load_profile("ridethrough")
