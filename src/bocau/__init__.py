"""Bồ Câu: self-hosted e-mail automation that knows what happened to every mail."""

__version__ = "0.1.0"
