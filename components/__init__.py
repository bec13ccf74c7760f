"""components of the twin; see README."""
