"""The sections of the report, one module for each kind; each gets results and returns a section."""
