"""A patient takes a whole record along: readable pages, the originals, and their proofs."""
