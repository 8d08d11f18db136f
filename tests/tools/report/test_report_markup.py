import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.tools.report.markup import Markup, escape, joined, json_script, raw, tag


def test_what_is_not_markup_is_escaped() -> None:
    assert escape("</script><img src=x onerror='a&b'>\"") == (
        "&lt;/script&gt;&lt;img src=x onerror=&#x27;a&amp;b&#x27;&gt;&quot;"
    )


def test_an_element_escapes_its_children_and_attributes_but_not_its_elements() -> None:
    element = tag("td", tag("b", "<x>"), " & ", 7, class_="n", aria_label='"<y>"')
    assert element == '<td class="n" aria-label="&quot;&lt;y&gt;&quot;"><b>&lt;x&gt;</b> &amp; 7</td>'


def test_an_element_without_content_is_not_closed() -> None:
    assert tag("meta", name="generator", content="<1>") == '<meta name="generator" content="&lt;1&gt;">'


def test_joined_markup_is_markup_again() -> None:
    whole = joined(raw("<hr>"), "<")
    assert isinstance(whole, Markup)
    assert whole == "<hr>&lt;"


def test_json_cannot_end_its_script_element_and_reads_back_as_it_was() -> None:
    value = {"</script><img src=x>": ["<!--", "a&b", "\u2028\u2029", "\ud800", 1.5, None]}
    element = json_script("it", value)
    content = element.removeprefix('<script type="application/json" id="it">').removesuffix("</script>")
    assert not set("<>&\u2028\u2029\ud800") & set(content)
    assert json.loads(content) == value


def test_json_has_no_word_for_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_script("it", float("nan"))


def test_characters_that_hide_or_reorder_text_are_shown_by_their_number() -> None:
    assert escape("a\x00b\u202ec\ud800\n") == "a\\u0000b\\u202ec\\ud800\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.titles: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.titles.extend(value for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])))
def test_any_text_reads_back_as_text(text: str) -> None:
    reader = _Reader()
    reader.feed(tag("p", text, title=text))
    reader.close()
    shown = escape(text)
    assert reader.tags == ["p"]
    assert "".join(reader.texts) == text
    assert reader.titles == [text]
    assert "<" not in shown
