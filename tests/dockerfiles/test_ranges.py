"""Ranges of versions as the package managers of other languages write them."""

import pytest

from dockerfiles.languages.php.site import allows


@pytest.mark.parametrize(
    ("range_", "fitting"),
    [
        ("^8.1", "8.4 8.3 8.2 8.1"),
        ("^7.2.5|^8.0", "8.4 8.3 8.2 8.1 8.0 7.4 7.3 7.2"),
        (">=7.4 <8.2", "8.1 8.0 7.4"),
        (">=7.4,<8.2", "8.1 8.0 7.4"),
        ("~8.1.0 || ~8.2.0", "8.2 8.1"),
        ("~8.1", "8.4 8.3 8.2 8.1"),
        ("8.1.*", "8.1"),
        ("8.*", "8.4 8.3 8.2 8.1 8.0"),
        (">= 8.2", "8.4 8.3 8.2"),
        ("", "8.4 8.3 8.2 8.1 8.0 7.4 7.3 7.2"),
    ],
)
def test_a_range_of_composer_allows_these_releases_of_php(range_: str, fitting: str) -> None:
    releases = ["8.4", "8.3", "8.2", "8.1", "8.0", "7.4", "7.3", "7.2"]

    assert [one for one in releases if allows(range_, one)] == fitting.split()
