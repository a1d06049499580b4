"""Whom a node tells that something happened, and by which ways."""
