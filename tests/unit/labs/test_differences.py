"""The differences of two uploads as text that `patch` reads."""

import pytest

from labs.domain.differences import difference

TEN = "".join(f"line {number}\n" for number in range(1, 11)).encode()


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ({}, {"a.py": b"x = 1\ny = 2\n"}, "@@ -0,0 +1,2 @@"),
        ({"a.py": b"x = 1\ny = 2\n"}, {}, "@@ -1,2 +0,0 @@"),
        ({"a.py": TEN}, {"a.py": TEN.replace(b"line 8", b"LINE 8")}, "@@ -5,6 +5,6 @@"),
        ({"a.py": TEN}, {"a.py": TEN + b"line 11\n"}, "@@ -8,3 +8,4 @@"),
    ],
)
def test_a_group_of_changes_says_where_it_stands(before, after, place):
    assert difference(before, after).text.splitlines()[2] == place
