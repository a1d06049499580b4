"""The frame of the command line: the same options, words, errors and exits on every command."""

from salus.platform.cli.commands import Commands
from salus.platform.cli.console import Console
from salus.platform.cli.falling import falling_back_to
from salus.platform.cli.group import lazy_group

__all__ = ["Commands", "Console", "falling_back_to", "lazy_group"]
