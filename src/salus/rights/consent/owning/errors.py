"""What can be wrong with a grant to an owner. What the ledger refuses is consent's."""

from salus.kernel.errors import SalusError


class SeveralTokens(SalusError):
    """{owner} owns several tokens of the record; a grant of what they control ends with one."""

    hint = "Give a grant for each: for the record, and for each section that was divided from it."
    status = 422


class OwnerTied(SalusError):
    """{owner} owns what this grant opens; such a grant ends with the ownership and nothing else."""

    hint = "Leave out the condition."
    status = 422
