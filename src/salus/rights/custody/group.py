"""The group `salus custody`, to which several parts of this capability add their verbs."""

from salus.platform.cli import Commands

custody = Commands()
