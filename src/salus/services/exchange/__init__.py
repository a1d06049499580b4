"""Licenses: offers of sections, what they cost, whom they fit, and what a license opens."""

from salus.platform.capability import Capability

capability = Capability(name="exchange")
