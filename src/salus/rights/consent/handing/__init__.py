"""Grants on their way to a reader who has a home of its own."""
