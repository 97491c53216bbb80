"""Senim: a helpline bot. This package is the application; see docs/design.md for the map."""

__version__ = "0.1.0"
