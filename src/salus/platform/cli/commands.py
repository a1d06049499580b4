"""Commands that all take `--home`, `--json` and `--language`, and all end the same way."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from salus.platform.cli.console import Console
from salus.platform.cli.ending import ending
from salus.platform.i18n import choose, translate
from salus.platform.operations import operation, traced

_HOME = Annotated[
    Path,
    typer.Option(envvar="SALUS_HOME", help="Folder of this node.", file_okay=False),
]
_JSON = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
_LANGUAGE = Annotated[str, typer.Option(help="`en` or `zh-Hans`.", envvar="SALUS_LANGUAGE")]
_COMMON: dict[str, tuple[Any, Any]] = {
    "home": (_HOME, Path("~/.salus")),
    "as_json": (_JSON, False),
    "language": (_LANGUAGE, ""),
}


class Commands(typer.Typer):
    """A Typer whose commands take a `Console` first and domain values after it.

    `@app.command() def looks(console: Console, record: str) -> None: ...`
    """

    def __init__(self, **options: Any) -> None:
        if options.get("help"):
            options["help"] = translate(options["help"])
        super().__init__(
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
            **options,
        )
        self.callback()(lambda: None)  # one command alone is still named by its verb

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """Register a verb; its docstring is its help."""

        def register(verb: Callable[..., None]) -> Callable[..., None]:
            text = translate(inspect.getdoc(verb) or "")
            options.setdefault("help", text)
            super(Commands, self).command(name, **options)(_framed(verb))
            return verb

        return register


def _framed(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb as Typer sees it: without its console, with the options of every command."""

    @wraps(verb)
    def run(*arguments: Any, home: Path, as_json: bool, language: str, **values: Any) -> None:
        console = Console(home.expanduser(), as_json=as_json)
        with ending(console), traced(), operation("verb", action=verb.__name__):
            choose(language)
            verb(console, *arguments, **values)

    own = list(inspect.signature(verb).parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _COMMON.items()
    ]
    parameters = [_translated(parameter) for parameter in (*own, *common)]
    annotations = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = annotations | {"return": None}
    return run


def _translated(parameter: inspect.Parameter) -> inspect.Parameter:
    for note in getattr(parameter.annotation, "__metadata__", ()):
        if getattr(note, "help", None):
            note.help = translate(note.help)
    return parameter
