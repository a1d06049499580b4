"""Pledged records are looked after by a job that comes back."""

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.observe import log
from salus.platform.work import Job, Node, Work
from salus.rights.identity.keyring import of_home
from salus.services.lending.keeping import look_after
from salus.services.lending.notices import tell
from salus.services.lending.watching import WATCH, come_back


def _watch(node: Node) -> None:
    """Twice is once; what a loan refuses is tried again next time."""
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    keyring = of_home(node.home)

    def key_of(account: Address) -> SigningKey | None:
        name = keyring.name_of(account)
        return keyring.party(name).signing if keyring.knows(name) else None

    for _, error in look_after(node, key_of):
        log("loan-refused", level="warning", error=error.key())
    tell(node)
    with node.sessions() as session, session.begin():
        come_back(Work(node, session))


JOBS: dict[str, Job] = {WATCH: _watch}
