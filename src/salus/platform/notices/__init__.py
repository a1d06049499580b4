"""Telling people that something happened: what may be told, and by which way it leaves the node."""

from salus.platform.notices.model import Kind, News, Quiet

__all__ = ["Kind", "News", "Quiet"]
