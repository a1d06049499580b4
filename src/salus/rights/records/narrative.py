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

# HTML 4.0: section 7.5.2, 8.1, 8.2, 14.2.2, 12.2, and `accesskey`, `tabindex` of 17.11
_CORE = frozenset("id class style title lang xml:lang dir xmlns accesskey tabindex".split())
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
    name: _CORE | frozenset(_OWN.get(name, "").split()) for name in [*_OWN, *_PLAIN.split()]
}
_CHECKED = frozenset("href src style xmlns longdesc cite".split())
_KNOWN = frozenset(  # names of HTML that a message may repeat; other names could hold anything
    "applet audio base body button embed font form frame frameset head html iframe input link "
    "math meta noscript object option script select source style svg template textarea video".split()
)


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
        return fault.args[0]
    except expat.ExpatError as error:
        fault = expat.errors.messages[error.code]
        return f"{fault} at line {error.lineno}, column {error.offset + 1}"
    except UnicodeEncodeError:
        return "the text holds half a surrogate pair"
    return None if checks.has_content else NO_CONTENT
