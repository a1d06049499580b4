"""Logs of keepers: their heads on the ledger, and proofs that they only grew."""
