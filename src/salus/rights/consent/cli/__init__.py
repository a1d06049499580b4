"""The commands of grants, denials and rules."""

from salus.rights.consent.cli.words import parse_until

__all__ = ["parse_until"]
