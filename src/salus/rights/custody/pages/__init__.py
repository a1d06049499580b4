"""A record as its patient sees it, and who looked, as pages."""

from salus.rights.custody.pages.disputes import pages as disputes
from salus.rights.custody.pages.erase import pages as erase
from salus.rights.custody.pages.export import pages as export
from salus.rights.custody.pages.joint import pages as joint
from salus.rights.custody.pages.looks import pages as looks
from salus.rights.custody.pages.record import pages as record

__all__ = ["disputes", "erase", "export", "joint", "looks", "record"]
