"""What a narrative may hold, and what would come alive in a browser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.rights.records.narrative import NO_CONTENT, XHTML, check_narrative

ELEMENTS = """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2
    h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th
    thead tr tt ul var
"""


def div(inside: str) -> str:
    return f'<div xmlns="{XHTML}">{inside}</div>'


@pytest.mark.parametrize("name", ELEMENTS.split())
def test_every_element_of_the_list_is_allowed(name: str) -> None:
    assert check_narrative(div(f"<{name}/>text")) is None


@pytest.mark.parametrize(
    "inside",
    [
        '<p style="color: red; text-align: left" class="c" title="t" id="i" dir="rtl">text</p>',
        '<p xml:lang="zh" lang="zh">正文</p>',
        '<a href="https://example.org/a?b=c&amp;d">text</a>',
        '<a href="HTTP://example.org">text</a>',
        '<a href="mailto:a@example.org">text</a><a href="tel:+1555">text</a>',
        '<a name="here"/><a href="#here">text</a>',
        '<img src="data:image/png;base64,AAAA" alt=""/>',
        '<img src="#picture"/>',
        '<table border="1" summary="s"><tr><td colspan="2" valign="top">text</td></tr></table>',
        "<!-- a comment -->text",
        "&lt;script&gt; &#169;",
        f'<p xmlns="{XHTML}">text</p>',
    ],
)
def test_plain_markup_is_allowed(inside: str) -> None:
    assert check_narrative(div(inside)) is None


@pytest.mark.parametrize(
    ("narrative", "fault"),
    [
        (div("<script>x()</script>"), "element script is not allowed"),
        (div("<SCRIPT>x()</SCRIPT>"), "element of this name is not allowed"),
        (div("<Miller42/>text"), "element of this name is not allowed"),
        (div("<svg/>text"), "element svg is not allowed"),
        (div('<iframe src="#"/>text'), "element iframe is not allowed"),
        (div("<style>p {}</style>text"), "element style is not allowed"),
        (div("<form/>text"), "element form is not allowed"),
        (div('<x:b xmlns:x="urn:x">text</x:b>'), "element of this name is not allowed"),
        (div('<p xmlns:x="urn:x">text</p>'), "p has an attribute that is not allowed"),
        (div('<p onclick="x()">text</p>'), "p has an attribute that is not allowed"),
        (div('<p href="#a">text</p>'), "p has an attribute that is not allowed"),
        (div('<img srcset="a"/>'), "img has an attribute that is not allowed"),
        (div('<p xmlns="urn:x">text</p>'), "xmlns is not the XHTML namespace"),
        (div('<a href="javascript:x()">text</a>'), "href is not https:"),
        (div('<a href=" java&#10;script:x()">text</a>'), "href is not https:"),
        (div('<a href="data:text/html,x">text</a>'), "href is not https:"),
        (div('<a href="//example.org">text</a>'), "href is not https:"),
        (div('<a href="ftp://example.org">text</a>'), "href is not https:"),
        (div('<a href="">text</a>'), "href is not https:"),
        (div('<blockquote cite="javascript:x()">text</blockquote>'), "cite is not https:"),
        (div('<img src="https://example.org/a.png"/>'), "src is not data:image/"),
        (div('<img src="data:text/html,x"/>'), "src is not data:image/"),
        (div('<p style="background: URL(x)">text</p>'), "style loads, runs or positions"),
        (div('<p style="width: expression(x)">text</p>'), "style loads, runs or positions"),
        (div('<p style="@import x">text</p>'), "style loads, runs or positions"),
        (div('<p style="position: fixed">text</p>'), "style loads, runs or positions"),
        (div('<p style="background: u\\72l(x)">text</p>'), "style loads, runs or positions"),
        (div('<p style="posi/**/tion: fixed">text</p>'), "style loads, runs or positions"),
        (div("<![CDATA[text]]>"), "a CDATA section is not allowed"),
        (div("<!--><script>x()</script>-->text"), "a comment ends early in HTML"),
        (div("<!---><script>x()</script>-->text"), "a comment ends early in HTML"),
        (div("<?php x ?>text"), "a processing instruction is not allowed"),
        (f'<?xml version="1.0"?>{div("text")}', "an XML declaration is not allowed"),
        (f"<!DOCTYPE div>{div('text')}", "a document type declaration is not allowed"),
        (f'<!DOCTYPE d [<!ENTITY a "b">]>{div("&a;")}', "a document type declaration"),
        (f'<!DOCTYPE d SYSTEM "file:///etc/passwd">{div("text")}', "a document type declaration"),
        (div("&nbsp;"), "undefined entity"),
        (div("<p>text"), "mismatched tag"),
        (div("a") + div("b"), "junk after document element"),
        ("text", "syntax error"),
        ("", "no element found"),
        (div("\x00"), "not well-formed"),
        ("<div>text</div>", "the root is not a div in the XHTML namespace"),
        (f'<p xmlns="{XHTML}">text</p>', "the root is not a div in the XHTML namespace"),
        (f'<x:div xmlns:x="{XHTML}">text</x:div>', "the root is not a div"),
        (div("\ud800"), "the text holds half a surrogate pair"),
        (div(""), NO_CONTENT),
        (div(" \n\t<p><br/></p><!-- text -->"), NO_CONTENT),
    ],
)
def test_what_could_run_load_or_deceive_is_refused(narrative: str, fault: str) -> None:
    assert (check_narrative(narrative) or "").startswith(fault)


def test_an_entity_bomb_ends_at_its_declaration() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "x">{entities}]>{div("&e9;")}'

    assert check_narrative(bomb) == (
        "a document type declaration is not allowed at line 1, column 13"
    )


def test_a_fault_names_line_and_column() -> None:
    assert check_narrative(div("\n  <p/><script/>")) == (
        "element script is not allowed at line 2, column 7"
    )


def test_a_fault_never_repeats_the_narrative() -> None:
    secrets = '<p HIV="positive">Lee</p>', '<a href="HIV:positive">Lee</a>', "<HIV>Lee</HIV>"

    for inside in secrets:
        fault = check_narrative(div(inside)) or ""

        assert fault
        assert "HIV" not in fault
        assert "Lee" not in fault


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_escaped_text_is_allowed(text: str) -> None:
    kept = "".join(sign for sign in text if sign.isprintable())
    escaped = kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert check_narrative(div(f"<p>{escaped}.</p>")) is None


@given(st.text(alphabet="<>/!-[]&;?=\"' adivpscriptxmlns#", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    fault = check_narrative(text)

    assert isinstance(fault, str)
    assert fault
