"""Spans in any order become sorted ones that cover the same characters."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.text.spans import Span, apply, bridge, union

SPANS = st.lists(
    st.builds(
        lambda start, size, category: Span(start, start + size, category, "rule"),
        st.integers(0, 60),
        st.integers(1, 20),
        st.sampled_from(["name", "card", "word"]),
    ),
    max_size=12,
)


def positions(spans: list[Span]) -> set[int]:
    return {at for span in spans for at in range(span.start, span.end)}


@given(SPANS)
def test_a_union_covers_the_same_characters(spans: list[Span]) -> None:
    assert positions(union(spans)) == positions(spans)


def test_of_overlapping_spans_the_more_telling_category_is_shown() -> None:
    assert union([Span(0, 4, "number", "a"), Span(2, 9, "card", "b")]) == [Span(0, 9, "card", "b")]


def test_how_many_words_a_name_has_is_not_told() -> None:
    assert bridge("ab cd  ef", [Span(0, 2, "name", "a"), Span(3, 5, "name", "a"), Span(7, 9, "name", "a")]) == [
        Span(0, 5, "name", "a"),
        Span(7, 9, "name", "a"),
    ]


def test_a_span_becomes_its_category_and_is_counted() -> None:
    result = apply("see ab now", [Span(4, 6, "name", "list")])

    assert (result.text, result.counts) == ("see [name] now", {("name", "list"): 1})
