"""What can be wrong with an audit."""

from salus.kernel.errors import SalusError


class AuditBroken(SalusError):
    """The audit of {log} is not what it was: line {sequence}, {reason}."""

    hint = "Keep this home as it is, and compare the log with a backup and with its anchored heads."
    status = 409


class BadDates(SalusError):
    """Dates are days such as 2026-01-31, and the first is not after the last."""

    hint = "Give --from and --to as days, or leave them out for the last six years."
    status = 422


class NotForYou(SalusError):
    """Only the patient sees the audit of a record, and the privacy office all of its node."""

    hint = "Use the home with the wallet of the patient, or add `--as privacy`."
    status = 403
