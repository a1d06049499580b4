"""Keepers that fail on purpose, so that a demonstration and tests can show what happens then."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from salus.platform.web import PeerUnreachable
from salus.rights.custody import messages as m
from salus.rights.custody.peers import Keepers, RemoteKeeper


@dataclass(frozen=True, slots=True)
class _Down(RemoteKeeper):
    """Does not answer."""

    def shares(self, ask: m.Ask) -> m.Shares:  # noqa: ARG002 - the door's own signature
        raise PeerUnreachable(name=self.name)


@dataclass(frozen=True, slots=True)
class _Lying(RemoteKeeper):
    """Answers with something that is not its share."""

    def shares(self, ask: m.Ask) -> m.Shares:
        honest = RemoteKeeper(self.member, self.peer).shares(ask)
        return m.Shares(
            tuple(
                replace(part, sealed=part.sealed[:-1] + bytes([part.sealed[-1] ^ 1]))
                for part in honest.released
            )
        )


def down(keepers: Keepers, names: Collection[str]) -> Keepers:
    return _with(keepers, dict.fromkeys(names, _Down))


def lying(keepers: Keepers, name: str) -> Keepers:
    return _with(keepers, {name: _Lying})


def _with(keepers: Keepers, kinds: dict[str, type[RemoteKeeper]]) -> Keepers:
    custodians = tuple(
        kinds.get(each.name, RemoteKeeper)(each.member, each.peer) for each in keepers.custodians
    )
    return replace(keepers, custodians=custodians)
