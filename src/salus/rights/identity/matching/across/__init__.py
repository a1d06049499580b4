"""Matching with another organization, by keyed codes that an agreed matcher compares."""
