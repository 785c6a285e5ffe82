"""What accessibility is asked for: what policy and consent have a use for, and nothing else."""

from recorder.capture.contract import Ask
from recorder.model.consent import Category
from recorder.model.policy import Policy


def asks(policy: Policy, categories: frozenset[Category]) -> frozenset[Ask]:
    """Pure. Without an allowed app nothing is of use."""
    if not policy.apps:
        return frozenset()
    wanted = {
        Ask.NAMES: Category.ACCESSIBILITY_TEXT in categories,
        Ask.TARGETS: {Category.ACCESSIBILITY_TEXT, Category.POINTER_CLICKS} <= categories,
        Ask.ADDRESSES: bool(categories & {Category.URL_HOST, Category.URL_PATH}) or any(r.sites for r in policy.apps),
        Ask.FIELDS: Category.SCREENSHOTS in categories,
    }
    return frozenset(ask for ask, is_wanted in wanted.items() if is_wanted)
