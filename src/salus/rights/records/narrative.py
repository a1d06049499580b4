"""The check of a narrative: XHTML that a page may show, FHIR R4 txt-1 and txt-2.

One pass of expat, which expands no entity, loads nothing and stops at the first fault. Comments
that HTML would end earlier than XML does and CDATA sections are refused too: a browser reads the
same bytes by the rules of HTML, and what hides in them would come alive there.
"""

from collections.abc import Mapping
from typing import Final, NoReturn
from xml.parsers import expat

NO_CONTENT: Final = "the narrative has neither text nor an image"
NO_DIV: Final = "the root is not a div in the XHTML namespace"
BAD_ELEMENT: Final = "element {name} is not allowed"
UNNAMED_ELEMENT: Final = "element of this name is not allowed"
BAD_ATTRIBUTE: Final = "{name} has an attribute that is not allowed"
BAD_NAMESPACE: Final = "xmlns is not the XHTML namespace"
BAD_STYLE: Final = "style loads, runs or positions something"
BAD_LINK: Final = "{name} is not https: or http: or mailto: or tel: or #"
BAD_IMAGE: Final = "src is not data:image/ or #"
EARLY_END: Final = "a comment ends early in HTML"
CDATA: Final = "a CDATA section is not allowed"
DOCTYPE: Final = "a document type declaration is not allowed"
INSTRUCTION: Final = "a processing instruction is not allowed"
DECLARATION: Final = "an XML declaration is not allowed"
HALF_PAIR: Final = "the text holds half a surrogate pair"
PLACED: Final = "{fault} at line {line}, column {column}"
OF_XML: Final = (
    "duplicate attribute",
    "junk after document element",
    "mismatched tag",
    "no element found",
    "not well-formed (invalid token)",
    "reference to invalid character number",
    "syntax error",
    "unclosed token",
    "undefined entity",
)
"""What expat says most; the rest of its words stay as they are."""
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
            self.refuse(NO_DIV)
        self.parser.StartElementHandler = self.element
        self.element(name, attributes)

    def element(self, name: str, attributes: dict[str, str]) -> None:
        allowed = _ALLOWED.get(name)
        if allowed is None:
            self.refuse(BAD_ELEMENT.format(name=name) if name in _KNOWN else UNNAMED_ELEMENT)
        if attributes:
            if not allowed.issuperset(attributes):
                self.refuse(BAD_ATTRIBUTE.format(name=name))
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
            self.refuse(EARLY_END)

    def cdata(self) -> None:
        self.refuse(CDATA)

    def doctype(self, *_: object) -> None:
        self.refuse(DOCTYPE)

    def instruction(self, *_: object) -> None:
        self.refuse(INSTRUCTION)

    def declaration(self, *_: object) -> None:
        self.refuse(DECLARATION)

    def refuse(self, fault: str) -> NoReturn:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber
        raise _Fault(_at(fault, line, column))


def _attribute_fault(name: str, value: str) -> str | None:
    folded = value.strip().lower()
    if name == "style":
        unsafe = any(mark in folded for mark in _UNSAFE_STYLES)
        return BAD_STYLE if unsafe else None
    if name == "xmlns":
        return None if value == XHTML else BAD_NAMESPACE
    if name == "src":
        return None if folded.startswith(_IMAGES) else BAD_IMAGE
    return None if folded.startswith(_LINKS) else BAD_LINK.format(name=name)


def _at(fault: str, line: int, column: int) -> str:
    return PLACED.format(fault=fault, line=line, column=column + 1)


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
        return HALF_PAIR
    return None if checks.has_content else NO_CONTENT
