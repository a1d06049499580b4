"""What a decision of a keeper, or an opening at a reader, is in the audit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from salus.kernel.errors import SalusError
from salus.kernel.ids import NOBODY, Address, Digest, GrantId, RecordId
from salus.kernel.secp256k1 import recover
from salus.platform.work import Node, Work
from salus.rights.consent.audit.model import Act, Actor, Basis, Outcome, Part
from salus.rights.consent.audit.service import append
from salus.rights.consent.decision import Decision
from salus.rights.consent.model import READ, Purpose
from salus.rights.custody import messages as m
from salus.rights.custody.auditing.anchoring import keep_heads_anchored
from salus.rights.custody.auditing.operating import operator_of
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.model import Dealing
from salus.rights.custody.standing import Ruling, Standing, rule_of

RELEASE, OPEN = "release", "open"  # the doors: that of a keeper, and a reader's own
_ROLES: dict[int, str] = {m.Basis.BREAK_GLASS: "clinician", m.Basis.LICENSE: "licensee"}
_NOTHING = Digest(bytes(32))


def decided(
    ask: m.Ask,
    digest: Digest,
    standing: Standing,
    dealings: Sequence[Dealing],
    *,
    ruled: Ruling,
    now: datetime,
) -> list[Act]:
    """One decision as a keeper writes it, in the transaction that logs what it releases.

    Of a request for several records each subject gets a line.
    """
    rule, decision = ruled.refusal, ruled.decision
    act = Act(
        record=dealings[0].record,
        at=milliseconds(now),
        request=digest,
        action=READ,
        purpose=purpose_name(ask.request.purpose),
        outcome=Outcome.REFUSED if rule else Outcome.PERMITTED,
        actor=_actor(ask, standing),
        parts=parts_of(dealings),
        basis=Basis(
            "deny" if rule else "permit",
            rule or rule_of(ask),
            _grants(ask, decision),
            policies_of(ask),
            () if rule or decision is None else decision.obligations,
            _named(ask, m.Basis.BREAK_GLASS),
            _named(ask, m.Basis.LICENSE),
        ),
    )
    return _each(act, dealings)


def _each(act: Act, dealings: Sequence[Dealing]) -> list[Act]:
    """The act for each record that it touched."""
    records = dict.fromkeys(each.record for each in dealings)
    if len(records) == 1:
        return [act]
    return [
        replace(act, record=record, parts=parts_of([it for it in dealings if it.record == record]))
        for record in records
    ]


def _grants(ask: m.Ask, decision: Decision | None) -> tuple[GrantId, ...]:
    """The grant that was named, and the grants and denials that decided."""
    basis, basis_id = ask.request.basis, ask.request.basis_id
    named = (basis_id,) if basis == m.Basis.GRANT and basis_id != _NOTHING else ()
    deciding = decision.based_on if decision else ()
    other = basis_id if basis != m.Basis.GRANT else b""
    return tuple(GrantId(it) for it in dict.fromkeys((*named, *deciding)) if it != other)


def _named(ask: m.Ask, basis: m.Basis) -> bytes:
    """The emergency or the license of a request, empty where it rests on something else."""
    return ask.request.basis_id if ask.request.basis == basis else b""


def failed(
    ask: m.Ask, digest: Digest, dealings: Sequence[Dealing], error: SalusError, *, now: datetime
) -> list[Act]:
    """A request that came to no decision. Who signed is known, whether they may act is not."""
    key = recover(digest, ask.signature) or NOBODY
    act = Act(
        record=dealings[0].record,
        at=milliseconds(now),
        request=digest,
        action=READ,
        purpose=purpose_name(ask.request.purpose),
        outcome=Outcome.FAILED,
        actor=Actor(key, NOBODY, "unknown", ask.request.reader_key_hash, RELEASE, NOBODY),
        parts=parts_of(dealings),
        basis=Basis("none", error.key()),
    )
    return _each(act, dealings)


def _actor(ask: m.Ask, standing: Standing) -> Actor:
    key, organization = standing.signers.reader or NOBODY, standing.organization or NOBODY
    role, acting_for = _role(ask, standing, key), organization if key != organization else NOBODY
    if role == "delegate":
        acting_for = standing.facts.controller or NOBODY
    return Actor(key, organization, role, ask.request.reader_key_hash, RELEASE, acting_for)


def _role(ask: m.Ask, standing: Standing, key: Address) -> str:
    if ask.request.basis == m.Basis.SUBJECT:
        if key == standing.facts.controller:
            return "subject"
        return "delegate" if standing.facts.is_delegate else "unknown"
    if standing.organization is None:
        return "unknown"
    if ask.request.basis in _ROLES:
        return _ROLES[ask.request.basis]
    is_source = not ask.opening and standing.organization == standing.facts.source
    return "source" if is_source else "reader"


def policies_of(ask: m.Ask) -> tuple[Digest, ...]:
    """The wording that was shown and the Consent that was compiled, where a grant names them."""
    hashes = (each for it in ask.opening for each in (it.terms.wording, it.terms.document))
    return tuple(each for each in hashes if each != _NOTHING)


def parts_of(dealings: Sequence[Dealing]) -> tuple[Part, ...]:
    return tuple(Part(each.unit, each.section, each.kind) for each in dealings)


def purpose_name(purpose: int) -> str:
    return Purpose(purpose).name if purpose in set(Purpose) else str(purpose)


def milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1_000)


# THE READER


def opening(
    ask: m.Ask, digest: Digest, record: RecordId, parts: Sequence[Part], *, signer: Address
) -> Act:
    """What a reader is about to open, as its own node writes it; times and outcome come later."""
    basis, reader = ask.request.basis, ask.reader
    role = "subject" if basis == m.Basis.SUBJECT else _ROLES.get(basis)
    is_subject = basis == m.Basis.SUBJECT
    return Act(
        record=record,
        at=0,
        request=digest,
        action=READ,
        purpose=purpose_name(ask.request.purpose),
        outcome=Outcome.PERMITTED,
        actor=Actor(
            signer,
            NOBODY if is_subject else reader,
            role or ("reader" if ask.opening else "source"),
            ask.request.reader_key_hash,
            OPEN,
            NOBODY if is_subject or signer == reader else reader,
        ),
        parts=tuple(parts),
        basis=Basis(
            "permit",
            rule_of(ask),
            _grants(ask, None),
            policies_of(ask),
            (),
            _named(ask, m.Basis.BREAK_GLASS),
            _named(ask, m.Basis.LICENSE),
        ),
    )


@contextmanager
def noted(node: Node, act: Act) -> Iterator[None]:
    """Write an opening down before its reader sees anything of it, and one that failed as well."""
    try:
        yield
    except SalusError as error:
        is_refused = isinstance(error, NotPermitted)
        outcome = Outcome.REFUSED if is_refused else Outcome.FAILED
        decision = "deny" if is_refused else "none"
        basis = replace(act.basis, decision=decision, rule=error.key())
        _note(node, replace(act, outcome=outcome, basis=basis))
        raise
    _note(node, act)


def _note(node: Node, act: Act) -> None:
    with node.sessions() as session, session.begin():
        now = milliseconds(node.clock.now())
        append(session, operator_of(node), [replace(act, at=now)])
        keep_heads_anchored(Work(node, session))
