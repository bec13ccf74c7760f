"""What parts and machine promise each other: world tables, exogenous timeline, state, protocols."""
