"""The page of findings says what the rules say."""

from tools.findings_page import PAGE, page


def test_the_page_is_the_one_that_the_rules_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python3 -m tools.findings_page"
