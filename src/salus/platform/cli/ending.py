"""How a command ends: quietly, with an error that says what to do, or with an incident."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import typer

from salus.kernel.errors import SalusError
from salus.platform.cli.console import Console
from salus.platform.errors import DiskFull, FileTrouble
from salus.platform.files import FULL, LOG

FAILED, INTERRUPTED = 1, 130


@contextmanager
def ending(console: Console) -> Iterator[None]:
    """Exit status 1 for an error, 130 when interrupted; no traceback unless SALUS_DEBUG is set."""
    try:
        yield
    except SalusError as error:
        console.fail(error)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        console.warn("Stopped. What was reported as done is kept.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our answer is gone; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except (typer.Exit, typer.BadParameter):  # the second is shown with the usage of the command
        raise
    except Exception as error:
        if os.environ.get("SALUS_DEBUG"):
            raise
        console.fail(_shown(console, error))
        raise typer.Exit(FAILED) from None


def _shown(console: Console, error: Exception) -> SalusError:
    if isinstance(error, OSError) and error.errno in FULL:
        return DiskFull()
    if isinstance(error, OSError) and error.filename is not None:
        return FileTrouble(file=str(error.filename), reason=error.strerror or type(error).__name__)
    return _incident(console, error)


def _incident(console: Console, error: Exception) -> SalusError:
    from salus.platform.observe import to_file, unexpected  # noqa: PLC0415 - rarely needed

    known = console.home.is_dir()
    with to_file(console.home / LOG) if known else nullcontext():
        return unexpected(error)
