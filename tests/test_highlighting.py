"""Words of the protocol marked in titles and abstracts, and nothing else let through."""

import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.highlighting import mark, paragraphs


def marked(text, *terms, group="p"):
    """The marked words of a text."""
    html = mark(text, [(group, term) for term in terms]).html
    return [unescape(word) for word in re.findall(r"<mark[^>]*>(.*?)</mark>", html)]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("trial", "A trial of trials, not atrial or trialist", ["trial", "trials"]),
        ("randomise", "Randomised by randomisation", ["Randomised", "randomisation"]),
        ("therapy", "therapies and therapy", ["therapies", "therapy"]),
        ("pain", "Pain, pains; painting", ["Pain", "pains"]),
        ("neuro*", "neuropathic and neurological", ["neuropathic", "neurological"]),
        ("rat", "rats rate ratio", ["rats"]),
        ("motor cortex stimulation", "Motor-cortex  stimulation", ["Motor-cortex  stimulation"]),
        ("double blind", "double\u2010blinded", ["double\u2010blinded"]),
        ("CBT-I", "by CBT-I or CBT I", ["CBT-I", "CBT I"]),
        ("VAS (0-10)", "on a VAS (0-10) scale", ["VAS (0-10)"]),
    ],
)
def test_words_match_with_their_endings_and_phrases_as_a_whole(term, text, found):
    assert marked(text, term) == found


def test_the_longer_of_two_terms_wins():
    assert marked("chronic low back pain", "pain", "low back pain") == ["low back pain"]


def test_groups_are_counted_and_named():
    found = mark("Adults with pain: a trial", [("p", "adult"), ("o", "pain"), ("in", "trial")])
    assert found.counts == {"p": 1, "o": 1, "in": 1}
    assert '<mark data-mark="in">trial</mark>' in found.html


def test_html_of_a_paper_is_text():
    html = mark("<b>pain</b> & <script>", [("p", "pain"), ("p", "script")]).html
    assert html == (
        '&lt;b&gt;<mark data-mark="p">pain</mark>&lt;/b&gt; &amp;'
        ' &lt;<mark data-mark="p">script</mark>&gt;'
    )


@given(st.text(max_size=80), st.lists(st.tuples(st.sampled_from("pico"), st.text(max_size=12))))
def test_marking_changes_no_letter(text, terms):
    """Whatever is searched for: without its marks the result is the escaped text."""
    assert re.sub(r"</?mark[^>]*>", "", mark(text, terms).html) == escape(text)


def test_a_labelled_abstract_is_split_at_its_labels():
    text = "BACKGROUND: Pain is common. METHODS AND RESULTS: We asked. Conclusion: It helps."
    assert paragraphs(text) == [
        ("Background", "Pain is common."),
        ("Methods and results", "We asked."),
        ("Conclusion", "It helps."),
    ]


def test_a_plain_abstract_stays_whole():
    text = "The design: none. We found 3 results: good ones."
    assert paragraphs(text) == [("", text)]
    assert paragraphs("One.\n\nTwo.") == [("", "One."), ("", "Two.")]
    assert paragraphs("") == []
