"""experiments of the twin; see README."""
