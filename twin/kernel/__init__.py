"""The compiled pass: everything that happens between two discrete events."""
