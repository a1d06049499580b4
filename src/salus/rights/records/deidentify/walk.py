"""Writing a resource anew with what the rules let out. Pure."""

from typing import Any

from salus.kernel.canonical import Lexeme
from salus.rights.records.deidentify.methods import Context, is_date
from salus.rights.records.deidentify.profile import (
    FITTING,
    NEVER,
    WHOLE,
    Member,
    Profile,
    base,
)
from salus.rights.records.types import is_primitive


def released(profile: Profile, context: Context, resource: dict[str, Any]) -> dict[str, Any] | None:
    """What of a resource comes out; None for a type that the profile does not name."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in profile.resources:
        return None
    named = {**resource, "id": f"{kind}/{resource.get('id', '')}"}
    return {"resourceType": kind, **_object(profile, context, named, kind, kind)}


def _object(
    profile: Profile, context: Context, value: dict[str, Any], kind: str, path: str
) -> dict[str, Any]:
    plan = profile.plan(kind, path)
    found = {}
    for name, inside in value.items():
        member = plan.get(name)
        if member is not None:
            out = _member(profile, context, member, inside)
            if out is not None:
                found[name] = out
    return found


def _member(profile: Profile, context: Context, member: Member, value: Any) -> Any:
    """A list keeps what comes out of it; an empty one does not come out."""
    if isinstance(value, list):
        parts = [_one(profile, context, member, each) for each in value]
        return [part for part in parts if part is not None] or None
    return _one(profile, context, member, value)


def _one(profile: Profile, context: Context, member: Member, value: Any) -> Any:
    if member.kind in NEVER:
        return None
    if is_primitive(member.kind):
        return _primitive(context, member, value)
    if not isinstance(value, dict):
        return None
    if member.kind == "Extension":
        return _extension(profile, context, member, value)
    return _complex(profile, context, member, value) or None


def _complex(
    profile: Profile, context: Context, member: Member, value: dict[str, Any]
) -> dict[str, Any] | None:
    """What one rule makes of an object as a whole, or else what the rules make of its members."""
    rule = member.rule
    if rule is None:
        return _object(profile, context, value, member.kind, member.path)
    if rule.name not in WHOLE.get(base(member.kind), ()):
        return None
    made: dict[str, Any] | None = rule.method(context, value, rule.options)
    if made is None or rule.name != "age-cap":
        return made
    return _object(profile, context, made, member.kind, member.path)


def _primitive(context: Context, member: Member, value: Any) -> Any:
    rule = member.rule
    if rule is None or member.kind not in FITTING.get(rule.name, ()):
        return None
    if rule.name == "keep" and not _is_plain(member, value):
        return None
    return rule.method(context, value, rule.options)


def _is_plain(member: Member, value: Any) -> bool:
    """Whether a value that is kept has the form of its type: a code is one that FHIR requires."""
    if member.kind == "boolean":
        return isinstance(value, bool)
    if not isinstance(value, str) or isinstance(value, Lexeme):
        return False
    if member.kind == "code":
        return value in member.codes
    return member.kind == "string" or is_date(value)


def _extension(
    profile: Profile, context: Context, member: Member, value: dict[str, Any]
) -> dict[str, Any] | None:
    """Only one that a rule names by its URL, and of it what the other rules let out."""
    url = value.get("url")
    rule = profile.rules.get(f"Extension({url})")
    if rule is None or rule.name == "drop":
        return None
    inside = _object(profile, context, value, "Extension", member.path)
    return {"url": url} | inside if inside else None
