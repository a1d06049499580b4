"""Faults to plant in a contract: a line that is changed a little, or a statement that is gone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.contracts import CONTRACTS

SWAPS = {
    " < ": " <= ",
    " <= ": " < ",
    " > ": " >= ",
    " >= ": " > ",
    " == ": " != ",
    " != ": " == ",
    " + ": " - ",
    " - ": " + ",
    " * ": " / ",
    " / ": " * ",
    " % ": " * ",
    " && ": " || ",
    " || ": " && ",
    " & ": " | ",
    " += ": " -= ",
    " -= ": " += ",
    "Math.min(": "Math.max(",
    "Math.max(": "Math.min(",
    "Math.ceilDiv(": "_floorDiv(",
    "++": "--",
}
_NOT_CODE = re.compile(
    r"^\s*(//|///|\*|/\*|pragma|import|event|error|using|contract|library|abstract|interface"
    r"|\}(?! else if))"
)
_TEXT = re.compile(r'"[^"]*"|//.*$')
_NUMBER = re.compile(r"(?<![\w.\"])(\d[\d_]*)(?![\w.])")
_IF = re.compile(r"\bif \((?P<test>.+?)\)(?= (?:revert|return|continue|\{)|$)")
_STATEMENT = re.compile(r"^\s*(?:[\w.\[\]()]+(?:\s[-+|^]?=|\(|\s=)|delete |emit |\+\+|--).*;\s*$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of a file, as it is and as it is made; the name of it is the same while both are.

    `file` is such as `revenue/RevenueMath`, and `line` counts from zero.
    """

    file: str
    line: int
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.before.strip()} -> {self.after.strip() or '(gone)'}"

    @property
    def place(self) -> str:
        """The name with the line, since a file may say the same twice."""
        return f"{self.line + 1} {self.name}"

    @property
    def is_arithmetic(self) -> bool:
        return self.file.endswith("Math")

    def planted(self, whole: str) -> str:
        """The text of the file with the fault in it."""
        lines = whole.splitlines()
        lines[self.line] = self.after.replace("_floorDiv(", "Math.mulDiv(1, ")
        return "\n".join(lines) + "\n"


def mutants(file: str) -> Iterator[Mutant]:
    """Every fault that can be planted in a file, in the order of its lines."""
    lines = (CONTRACTS / "src" / f"{file}.sol").read_text().splitlines()
    for number, line in enumerate(lines):
        if _NOT_CODE.match(line) or ("constant" in line and '"' in line):
            continue
        seen = {line}
        for after in _changed(line):
            if after not in seen:
                seen.add(after)
                yield Mutant(file, number, line, after)


def _changed(line: str) -> Iterator[str]:
    code = _TEXT.sub(lambda found: " " * len(found[0]), line)
    for before, after in SWAPS.items():
        for found in re.finditer(re.escape(before), code):
            yield line[: found.start()] + after + line[found.end() :]
    for found in _NUMBER.finditer(code):
        number = int(found[1].replace("_", ""))
        yield line[: found.start()] + str(number + 1) + line[found.end() :]
    if test := _IF.search(code):
        start, end = test.span("test")
        yield f"{line[:start]}!({line[start:end]}){line[end:]}"
    if _STATEMENT.match(code):
        yield ""
