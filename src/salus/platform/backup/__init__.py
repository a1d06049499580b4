"""Copies of a home that is running, and homes made from copies."""
