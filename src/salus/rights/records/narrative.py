"""The check of a narrative: XHTML that a page may show, FHIR R4 txt-1 and txt-2.

One pass of expat, which expands no entity, loads nothing and stops at the first fault. Comments
that HTML would end earlier than XML does and CDATA sections are refused too: a browser reads the
same bytes by the rules of HTML, and what hides in them would come alive there.
"""

from collections.abc import Mapping
from typing import Final, NoReturn
from xml.parsers import expat

NO_CONTENT: Final = "the narrative has neither text nor an image"
XHTML: Final = "http://www.w3.org/1999/xhtml"

_LINKS = ("https:", "http:", "mailto:", "tel:", "#")
_IMAGES = ("data:image/", "#")
_UNSAFE_STYLES = ("url(", "expression(", "@import", "position", "\\", "/*")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# HTML 4.0: section 7.5.2, 8.1, 8.2, 14.2.2, 12.2, and `accesskey`, `tabindex` of 17.11
_CORE = _names("id class style title lang xml:lang dir xmlns accesskey tabindex")
_CELL = "abbr axis headers scope rowspan colspan nowrap bgcolor width height align char charoff"
_COLUMN = "span width align char charoff valign"
_ROWS = "align char charoff valign"
_OWN = {
    "a": "href name hreflang type rel rev charset shape coords target",
    "blockquote": "cite",
    "br": "clear",
    "caption": "align",
    "col": _COLUMN,
    "colgroup": _COLUMN,
    "dl": "compact",
    "div": "align",
    "hr": "align noshade size width",
    "img": "src alt longdesc name height width align border hspace vspace",
    "li": "type value",
    "ol": "type start compact",
    "p": "align",
    "pre": "width",
    "q": "cite",
    "table": "summary width border frame rules cellspacing cellpadding align bgcolor",
    "tbody": _ROWS,
    "td": f"{_CELL} valign",
    "tfoot": _ROWS,
    "th": f"{_CELL} valign",
    "thead": _ROWS,
    "tr": f"{_ROWS} bgcolor",
    "ul": "type compact",
} | dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "align")
_PLAIN = (
    "abbr acronym b big cite code dd dfn dt em i samp small span strong sub sup tt var"  # no own
)
_ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    name: _CORE | _names(_OWN.get(name, "")) for name in [*_OWN, *_PLAIN.split()]
}
_CHECKED = _names("href src style xmlns longdesc cite")
# The names that a message repeats; any other could hold a text of the patient.
_KNOWN = _names(
    "applet audio base body button embed font form frame frameset head html iframe input link "
    "math meta noscript object option script select source style svg template textarea video"
)


class _Fault(Exception):
    """Stops the pass; its text is the fault."""


class _Checks:
    """The handlers of one pass."""

    __slots__ = ("has_content", "parser")

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.has_content = False

    def root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "div" or attributes.get("xmlns") != XHTML:
            self.refuse("the root is not a div in the XHTML namespace")
        self.parser.StartElementHandler = self.element
        self.element(name, attributes)

    def element(self, name: str, attributes: dict[str, str]) -> None:
        allowed = _ALLOWED.get(name)
        if allowed is None:
            self.refuse(f"element {name if name in _KNOWN else 'of this name'} is not allowed")
        if attributes:
            if not allowed.issuperset(attributes):
                self.refuse(f"{name} has an attribute that is not allowed")
            if not _CHECKED.isdisjoint(attributes):
                self.attributes(attributes)
        if name == "img":
            self.has_content = True

    def attributes(self, attributes: dict[str, str]) -> None:
        for name in _CHECKED & attributes.keys():
            if fault := _attribute_fault(name, attributes[name]):
                self.refuse(fault)

    def text(self, text: str) -> None:
        if not text.isspace():
            self.has_content = True
            self.parser.CharacterDataHandler = None

    def comment(self, text: str) -> None:
        if text.startswith((">", "->")):
            self.refuse("a comment ends early in HTML")

    def cdata(self) -> None:
        self.refuse("a CDATA section is not allowed")

    def doctype(self, *_: object) -> None:
        self.refuse("a document type declaration is not allowed")

    def instruction(self, *_: object) -> None:
        self.refuse("a processing instruction is not allowed")

    def declaration(self, *_: object) -> None:
        self.refuse("an XML declaration is not allowed")

    def refuse(self, fault: str) -> NoReturn:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber
        raise _Fault(_at(fault, line, column))


def _attribute_fault(name: str, value: str) -> str | None:
    folded = value.strip().lower()
    if name == "style":
        unsafe = any(mark in folded for mark in _UNSAFE_STYLES)
        return "style loads, runs or positions something" if unsafe else None
    if name == "xmlns":
        return None if value == XHTML else "xmlns is not the XHTML namespace"
    schemes = _IMAGES if name == "src" else _LINKS
    return None if folded.startswith(schemes) else f"{name} is not {_words(schemes)}"


def _words(schemes: tuple[str, ...]) -> str:
    return " or ".join(schemes)


def _at(fault: str, line: int, column: int) -> str:
    return f"{fault} at line {line}, column {column + 1}"


def check_narrative(div: str) -> str | None:
    """None if a page may show `div`, else its first fault in words, with line and column.

    The words never repeat a text of the narrative.
    """
    parser = expat.ParserCreate()
    checks = _Checks(parser)
    parser.StartElementHandler = checks.root
    parser.CharacterDataHandler = checks.text
    parser.CommentHandler = checks.comment
    parser.StartCdataSectionHandler = checks.cdata
    parser.StartDoctypeDeclHandler = checks.doctype
    parser.ProcessingInstructionHandler = checks.instruction
    parser.XmlDeclHandler = checks.declaration
    try:
        parser.Parse(div, True)
    except _Fault as fault:
        return str(fault)
    except expat.ExpatError as error:
        return _at(expat.ErrorString(error.code), error.lineno, error.offset)
    except UnicodeEncodeError:
        return "the text holds half a surrogate pair"
    return None if checks.has_content else NO_CONTENT
