"""Income of records: streams by the second, who gets which part of them, and liens on them."""

from salus.platform.capability import Capability

capability = Capability(name="revenue")
