"""What can go wrong when a network is founded, started, watched or changed."""

from salus.kernel.errors import SalusError


class BadNetwork(SalusError):
    """The file of the network cannot be used: {reason}."""

    hint = "Correct the file and found the network again; nothing was written."
    status = 422


class NetworkExists(SalusError):
    """There is something in {folder} already."""

    hint = "Name a folder that is new or empty."
    status = 409


class NetworkMissing(SalusError):
    """There is no validator {name} in {folder}."""

    hint = "Found a network with `salus network init`, or name one of its folders."
    status = 404


class ForeignChain(SalusError):
    """{file} belongs to the chain {found} and not to {expected}."""

    hint = "Put the file of this network there, as the others have it; nothing was started."
    status = 409


class WrongGenesis(SalusError):
    """The execution client of {name} has another first block than this network."""

    hint = "Give it the `genesis.json` of the others and an empty folder `geth`; it then syncs."
    status = 409


class EngineMissing(SalusError):
    """The program {program} is not there."""

    hint = "Build it with `make engine`, or name its folder in `SALUS_NETWORK_ENGINE`."
    status = 404


class EngineVersion(SalusError):
    """The program {program} is of the version {found}; {expected} is needed."""

    hint = "Build it again with `make engine`."
    status = 409


class EngineFailed(SalusError):
    """The program {program} ended when it was asked for the first block."""

    hint = "Run `make engine`, and look whether the disk is full."
    status = 500


class PortTaken(SalusError):
    """Another program listens at {place}, which {name} needs."""

    hint = "Stop that program; `salus network status` shows whether it is one of this network."
    status = 409


class NotReady(SalusError):
    """{name} did not come up within {seconds} seconds."""

    hint = "Read the logs in its folder `engine/logs`."
    status = 504


class NotRunning(SalusError):
    """{name} does not run."""

    hint = "Start it with `salus network start`."
    status = 409


class DidNotStop(SalusError):
    """{name} still runs {seconds} seconds after it was asked to stop."""

    hint = "Wait a little and ask again; killing it is safe, but takes longer to come back from."
    status = 504


class NoGovernor(SalusError):
    """Nobody who lives in {home} governs this consortium."""

    hint = "Name the homes of governors; `salus network status` does not need any."
    status = 403


class NotFunded(SalusError):
    """The account of {name} could not be given what it sends with: {reason}."""

    hint = "Fund it from a home whose validator runs, with `salus network fund`."
    status = 502


class NoNetwork(SalusError):
    """The home {home} keeps its ledger in a file of its own."""

    hint = "Only homes that ask a network send with accounts that can be replaced."
    status = 409


class StillSending(SalusError):
    """The home {home} has sent what is not final yet."""

    hint = "Stop what runs in this home, let any command of it end, and try again."
    status = 409


class AlreadySettled(SalusError):
    """Something was sent with the key that lays the contracts of this network."""

    hint = "A consortium is founded once on a network: begin again with `salus network init`."
    status = 409
