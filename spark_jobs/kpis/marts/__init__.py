"""Marts: tables of the lake, or frames computed on read, from which the insights follow."""
