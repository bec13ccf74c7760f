"""profiles of the twin; see README."""
