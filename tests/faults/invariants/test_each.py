"""The sixteen invariants of custody, in the words of its design, each with a test of its number."""

import ast
from pathlib import Path

INVARIANTS = {
    1: "No receipt at or after the revoking block.",
    2: "No share, half or wrap leaves before its log entry is durable.",
    3: "k - 1 shares are independent of x_cust (exhaustive over a small field).",
    4: "No code path derives a KEK without both halves.",
    5: "Erased stays erased after restart, replay, restored backup; 0 marker bytes in node files.",
    6: "Any changed byte of bundle, manifest, dealing, share, body is refused.",
    7: "No unverified plaintext leaves.",
    8: "Truncated, swapped, repeated, inserted, foreign segments are refused.",
    9: "Range(S, E) = slice of the whole, all S, E around each border.",
    10: "Both verifiers agree on random documents and mutations.",
    11: "Logs are append-only between any two receipts.",
    12: "A retired epoch is never released; live licensees lose no read.",
    13: "No key byte in logs, errors, traces at any level.",
    14: "No break-glass release without final event and notice.",
    15: "canonical(parse(x)) is stable, keeps number text.",
    16: "Parallel requests never exceed the read count.",
}


def test_each_invariant_has_a_test_of_its_number() -> None:
    names = {
        each.name
        for place in Path(__file__).parent.glob("test_*.py")
        for each in ast.parse(place.read_text()).body
        if isinstance(each, ast.FunctionDef)
    }
    numbers = {int(name.split("_")[2]) for name in names if name.startswith("test_invariant_")}

    assert numbers == INVARIANTS.keys()
