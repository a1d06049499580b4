"""Erasing records for ever, and keeping for a time what a law orders kept."""
