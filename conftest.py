"""What holds for every test."""

import sys

import eth_account  # noqa: F401 - the oracle of many tests; it raises the limit below on import

sys.setrecursionlimit(1_000)  # as in a process of Salus
