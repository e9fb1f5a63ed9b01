"""The rules that a contract must keep, by what they are about."""
