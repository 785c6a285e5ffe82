"""What accessibility is asked for follows from policy and consent, and nothing is asked without a use."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.contract import Ask
from recorder.model.consent import Category
from recorder.model.policy import AppRule, Policy
from recorder.pipeline.asks import asks

PLAIN = Policy(apps=(AppRule(name="editor", wm_class="editor"),))
SITES = Policy(apps=(AppRule(name="browser", wm_class="browser", sites=("example.org",)),))
CATEGORIES = st.frozensets(st.sampled_from(sorted(Category)))


def test_each_category_asks_for_its_own() -> None:
    assert asks(PLAIN, frozenset({Category.ACCESSIBILITY_TEXT})) == {Ask.NAMES}
    assert asks(PLAIN, frozenset({Category.ACCESSIBILITY_TEXT, Category.POINTER_CLICKS})) == {Ask.NAMES, Ask.TARGETS}
    assert asks(PLAIN, frozenset({Category.URL_HOST})) == {Ask.ADDRESSES}
    assert asks(PLAIN, frozenset({Category.SCREENSHOTS})) == {Ask.FIELDS}
    assert asks(PLAIN, frozenset({Category.POINTER_CLICKS, Category.KEY_SHAPE})) == frozenset()


def test_a_rule_with_sites_needs_addresses_whatever_may_be_kept() -> None:
    assert asks(SITES, frozenset()) == {Ask.ADDRESSES}


@given(CATEGORIES, CATEGORIES)
def test_less_consent_never_asks_for_more(some: frozenset[Category], more: frozenset[Category]) -> None:
    assert asks(PLAIN, some) <= asks(PLAIN, some | more)
    assert asks(Policy(), some) == frozenset()
