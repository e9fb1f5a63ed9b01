"""Contracts of the source shapes, as data, and what follows from them."""
