"""The page about who sees what says what was heard, and counts it."""

from bench.comparison_page import Verdict, page

VERDICTS = [
    Verdict("cpu-shares", ("spec.cpu_shares",), mended=True, compose=""),
    Verdict("copy", ("metadata.copies",), mended=False, compose="removes"),
    Verdict("network-anew", ("status.state",), mended=False, compose="fails"),
]


def test_each_change_is_one_row() -> None:
    rows = page(VERDICTS, "28.5").splitlines()[-3:]

    assert rows == [
        "| cpu shares | `spec.cpu_shares` | puts it right | see nothing |",
        "| copy | `metadata.copies` | told | remove one |",
        "| network anew | `status.state` | told | fail |",
    ]


def test_the_changes_are_counted() -> None:
    text = " ".join(page(VERDICTS, "28.5").split())

    assert "Ergon names 3 of 3 changes and puts 1 right by itself; Compose would act on 1, and fails on 1." in text
