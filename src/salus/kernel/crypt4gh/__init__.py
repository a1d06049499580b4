"""Crypt4GH version 1 (GA4GH): bodies without header, and headers made only by a reader."""

from salus.kernel.crypt4gh.body import open_body, seal_body, segment_root, unpad
from salus.kernel.crypt4gh.errors import BodyDamaged, BodyReplaced
from salus.kernel.crypt4gh.foreign import decrypt_file, read_foreign_header
from salus.kernel.crypt4gh.header import Header, make_header, read_header
from salus.kernel.crypt4gh.opening import open_file, segment_leaves
from salus.kernel.crypt4gh.ranges import open_range, range_of_file
from salus.kernel.crypt4gh.sealing import SealedFile, encrypt_file, seal_file
from salus.kernel.crypt4gh.segments import SEGMENT, body_size, padded_size
from salus.kernel.crypt4gh.tiles import TILE, Run, Tile, runs, tiles

__all__ = [
    "SEGMENT",
    "TILE",
    "BodyDamaged",
    "BodyReplaced",
    "Header",
    "Run",
    "SealedFile",
    "Tile",
    "body_size",
    "decrypt_file",
    "encrypt_file",
    "make_header",
    "open_body",
    "open_file",
    "open_range",
    "padded_size",
    "range_of_file",
    "read_foreign_header",
    "read_header",
    "runs",
    "seal_body",
    "seal_file",
    "segment_leaves",
    "segment_root",
    "tiles",
    "unpad",
]
