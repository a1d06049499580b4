"""What can be wrong with an encrypted body or its header; none of their bytes is ever named."""

from salus.kernel.errors import SalusError


class BodyDamaged(SalusError):
    """Segment {segment} of the encrypted body is damaged."""

    hint = "Fetch the body again; if it stays, ask the source to seal the section again."
    status = 409

    @classmethod
    def capability(cls) -> str:
        """A body is a part of a record, whatever its format: `records.body_damaged`."""
        return "records"


class BodyReplaced(BodyDamaged):
    """The encrypted body of {segments} segments is not the one that was sealed."""

    hint = "Fetch the body again; if it stays, ask the source to seal the section again."
    status = 409


class FileChanged(SalusError):
    """The file {file} changed while it was read."""

    hint = "Close the program that writes to it and try again."
    status = 409


class SegmentUnproven(BodyDamaged):
    """Nothing proves segment {segment} of the encrypted body."""

    hint = "Ask the gateway again for the proof of this range."
    status = 409


class FileTooLarge(SalusError):
    """The file has {size} bytes; one data key may encrypt {limit}."""

    hint = "Divide the file and seal its parts."
    status = 413


class OutsideFile(SalusError):
    """Bytes {start} to {end} were asked of a file of {size} bytes."""

    hint = "Ask for a range inside the file; the end is not part of it."
    status = 416


class NotCrypt4gh(SalusError):
    """The file does not begin like a Crypt4GH file."""

    hint = "Encrypt it with a Crypt4GH tool first, or import it as it is."


class UnknownCrypt4gh(SalusError):
    """The file is Crypt4GH of version {version}; only version 1 is known."""

    hint = "Encrypt it again with a tool that writes version 1."


class HeaderDamaged(SalusError):
    """Packet {packet} of the Crypt4GH header is damaged."""

    hint = "Fetch the file again, or ask its writer to encrypt it again."


class HeaderTooLarge(SalusError):
    """The Crypt4GH header is too large: packet {packet} is beyond {limit}."""

    hint = "Ask the writer for a header of fewer and shorter packets."
    status = 413


class NotForThisReader(SalusError):
    """No data key of the Crypt4GH header opens with this reader's key."""

    hint = "Use the secret key whose public key the writer encrypted for."
    status = 403


class TwoDataKeys(SalusError):
    """The Crypt4GH header holds {keys} data keys where one is allowed."""

    hint = "Do not trust the file: whoever knows your public key can add a key of his own."


class UnexpectedPackets(SalusError):
    """The Crypt4GH header holds {count} packets where one or two are allowed."""

    hint = "Make the header again from the sealed object, or import the file as a foreign one."


class UnknownPacket(SalusError):
    """Packet {packet} of the Crypt4GH header has a kind or cipher that version 1 lacks."""

    hint = "Encrypt the file again with a tool that writes version 1."


class BadEditList(SalusError):
    """The edit list in packet {packet} of the Crypt4GH header cannot be followed."""

    hint = "Ask the writer to make the header again."
