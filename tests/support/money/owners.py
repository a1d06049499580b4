"""What owners, patients, payees and governors do with records and income."""

from collections.abc import Sequence
from dataclasses import replace

from salus.kernel.ids import NOBODY
from salus.kernel.secp256k1 import keccak256
from salus.rights.identity.model import ActionKind
from salus.rights.revenue.errors import NotPayable
from salus.rights.revenue.model import Gate, Router
from tests.support.money.chain import Actor, actor
from tests.support.money.pair import OTHER_HOST, OTHER_PLATFORM, RouterPair
from tests.support.money.world import CODES, HOSPITAL, HOST, PLATFORM

OWNERS = (actor("first owner"), actor("second owner"))
PAYEES = (HOSPITAL, HOST, OTHER_HOST, PLATFORM, OTHER_PLATFORM)


class Owners(RouterPair):
    """`parties` settle and are paid, `owners` are given tokens."""

    parties: Sequence[Actor] = (*PAYEES, *OWNERS)
    owners: Sequence[Actor] = OWNERS

    def wait(self) -> None:
        self.told = "wait"
        self.chain.wait(self.time())

    # INCOME

    def settle(self) -> None:
        held, token = self.any_token()
        done = self.router_call(self.anybody(), "settle", token)
        self.both(f"settle {token}", done, lambda: self.settled(self.router, held, token))

    def accrue(self) -> None:
        section = self.chance.choice(self.held).token | self.chance.choice(CODES)
        done = self.router_call(self.anybody(), "accrue", section)
        gates, now = self.books.gates, self.now
        self.both(f"accrue {section}", done, lambda: self.router.accrue(section, gates, now))

    def anybody(self) -> Actor:
        return self.chance.choice(self.parties)

    # OUT

    def withdraw(self) -> None:
        by = self.chance.choice([*self.parties, *(held.patient.subject for held in self.held)])
        has = self.router.credits.get(by.account, 0)
        amount = self.chance.choice([has, self.chance.randrange(has + 2)])
        done = self.chain.act(by, "RevenueRouter", "withdraw", self.parties[0].account, amount)
        self.both("withdraw", done, lambda: self.router.withdraw(by.account, amount))

    def withdraw_for(self) -> None:
        subjects = [held.patient.subject.account for held in self.held]
        account = self.chance.choice([*(each.account for each in self.parties), *subjects])
        done = self.router_call(self.anybody(), "withdrawFor", account)

        def deed() -> Router:
            if account in subjects:
                raise NotPayable(account=account)
            return self.router.withdraw(account, self.router.credits.get(account, 0))

        self.both("withdraw for", done, deed)

    def donate(self) -> None:
        amount, router = self.rate(20), self.chain.contracts["RevenueRouter"].address
        self.world.do(
            self.chain.send(self.parties[0], "SettlementToken", "transfer", router, amount)
        )
        self.books.donated += amount
        self.told = "donate"

    # GATES

    def close(self) -> None:
        self._gate("close", is_open=True)

    def reopen(self) -> None:
        self._gate("reopen", is_open=False)

    def _gate(self, verb: str, *, is_open: bool) -> None:
        held = self.chance.choice(self.held)
        section = held.token | self.chance.choice(CODES)
        gate = self.books.gates.get(section, Gate())
        if gate.is_open is not is_open or gate.generation == 255:
            return
        self.told = f"{verb} {section}"
        by = held.patient.controller
        self.world.do(self.chain.act(by, "LicensingPolicy", verb, section))
        after = Gate(gate.generation, (*gate.closings, self.now))
        self.books.gates[section] = (
            after if is_open else replace(gate, generation=gate.generation + 1)
        )

    def _generation(self, section: int) -> int:
        return self.books.gates.get(section, Gate()).generation

    # OWNERS AND SHARES

    def give(self) -> None:
        held, token = self.any_token()
        if self.is_locked(token):
            return
        before = held.owners[token]
        others = [each for each in (*self.owners, held.patient.subject) if each != before]
        to = self.chance.choice(others)
        done = self.chain.act(before, "RecordRegistry", "transfer", token, to.account)
        if self.both(f"give {token}", done, lambda: self.settled(self.router, held, token)):
            held.owners[token] = to
            self._rekeyed(token, to)

    def _rekeyed(self, token: int, owner: Actor) -> None:
        """New keys at once, so that the token is free again."""
        root = keccak256(self.now.to_bytes(8) + token.to_bytes(32))
        rekey, signatures = self.world.rekey(token, owner.account, root)
        self.world.do(
            self.chain.send(HOSPITAL, "RecordRegistry", "completeRekey", rekey, signatures)
        )

    def detach(self) -> None:
        held = self.chance.choice(self.held)
        code = self.chance.choice(CODES)
        if held.detached >> code & 1 or self.is_locked(held.token):
            return
        owner, token = held.owners[held.token], held.token
        arguments = (held.patient.record, 1 << code)
        done = self.chain.act(owner, "RecordRegistry", "detach", *arguments)
        if self.both(
            f"detach {token | code}", done, lambda: self.settled(self.router, held, token)
        ):
            held.detached |= 1 << code
            held.owners[token | code] = owner

    def attach(self) -> None:
        held = self.chance.choice(self.held)
        owner = held.owners[held.token]
        mine = [each for each in held.owners if each != held.token and held.owners[each] == owner]
        if not mine or any(self.is_locked(each) for each in held.owners):
            return
        section = self.chance.choice(mine)
        arguments = (held.patient.record, 1 << (section & 0xFF))
        done = self.chain.act(owner, "RecordRegistry", "attach", *arguments)
        if self.both(f"attach {section}", done, lambda: self.settled(self.router, held, section)):
            held.detached ^= 1 << (section & 0xFF)
            del held.owners[section]
            self._rekeyed(held.token, owner)

    def lower_share(self) -> None:
        held = self.chance.choice(self.held)
        bps = held.shares.source
        if bps == 0:
            return
        lower = self.chance.randrange(bps)
        arguments = (held.patient.record, 1, lower)
        done = self.chain.act(HOSPITAL, "RecordRegistry", "lowerShare", *arguments)
        if self.both("lower share", done, lambda: self.settled(self.router, held)):
            held.shares = replace(held.shares, source=lower)

    def set_host(self) -> None:
        held = self.chance.choice(self.held)
        host = self.chance.choice([HOST.account, OTHER_HOST.account, NOBODY])
        by = held.patient.subject
        done = self.chain.act(by, "RecordRegistry", "setHost", held.patient.record, host)
        if self.both("set host", done, lambda: self.settled(self.router, held)):
            held.host = host

    def name_platform(self) -> None:
        self.told = "name platform"
        chosen = self.chance.choice([PLATFORM, OTHER_PLATFORM])
        self.world.decide(ActionKind.SET_PLATFORM, chosen.account)
        self.books.platform = chosen.account
