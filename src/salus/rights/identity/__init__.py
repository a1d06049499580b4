"""Who is in the consortium, in which roles, with which keys."""

from salus.platform.capability import Capability

capability = Capability(name="identity", contracts=("Organizations",))
