"""`/app/verify`: anybody checks a proof, in the browser and offline, or here without scripts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.kernel.errors import SalusError
from salus.platform.web.portal import Page, Pages, Visit
from salus.platform.web.portal.pages import Answer
from salus.rights.notary.checking import check, trusted
from salus.rights.notary.verifier import Verdict
from salus.rights.notary.wording import step_words

HERE = Path(__file__).parent
LARGEST = 8 * 2**20  # bytes of a proof that is sent here; the browser itself takes 64 MB
pages = Pages("notary", files=(HERE / "verifier.mjs", HERE / "static" / "verify.js"))


@dataclass(frozen=True, slots=True)
class Step:
    """One check in words; `mark` is `good`, `bad`, or empty where it was not reached."""

    name: str
    words: str
    mark: str = ""


@pages.get("/verify")
def verify(visit: Visit) -> Answer:
    return Page(
        "notary/verify.html", {"steps": _steps(None), "found": None, "reason": "", "is_named": True}
    )


@pages.post("/verify", again=verify, takes=2 * LARGEST)
def verify_here(visit: Visit) -> Answer:
    """For a browser without scripts: the file comes here, is checked, and is not kept."""
    form = visit.form
    proof = form.upload("proof", largest=LARGEST)
    form.check()
    own = form.uploads.get("trust")
    try:
        trust = trusted(own.content) if own is not None and own.content else None
        verdict = check(proof.content, trust)
    except SalusError as error:
        form.blame("trust", error)
        raise
    found = _found(proof.content) if verdict.valid else None
    reason = step_words().get(verdict.step, "")
    return Page(
        "notary/verify.html",
        {"steps": _steps(verdict), "found": found, "reason": reason, "is_named": trust is None},
        status=200 if verdict.valid else 422,
    )


def _steps(verdict: Verdict | None) -> list[Step]:
    """Every check in its order; those before the one that failed were good."""
    marks, is_reached = [], verdict is not None
    for name, words in step_words().items():
        failed = verdict is not None and not verdict.valid and verdict.step == name
        marks.append(Step(name, words, ("bad" if failed else "good") if is_reached else ""))
        is_reached = is_reached and not failed
    return marks


def _found(raw: bytes) -> dict[str, Any]:
    """What a valid proof shows."""
    proof = json.loads(raw)
    return {
        "source": proof["source"]["name"],
        "sealed_at": proof["header"]["sealed_at"],
        "block": proof["anchor"]["block"],
        "chain": proof["anchor"]["chain"],
        "disclosed": [(each["path"], each["value"]) for each in proof["disclosed"]],
    }
