"""Reading .env files."""

import subprocess
from pathlib import Path

import pytest

from scripts import dotenv
from scripts.core.errors import UserError

NOTATIONS_OF_SHELLS = [
    ("KEY= # fill in", ""),
    ("KEY=\t# fill in", ""),
    ("KEY=secret\t# remark", "secret"),
    ("KEY=secret #", "secret"),
    ("KEY=#no-remark", "#no-remark"),
    ("KEY=no#remark # remark", "no#remark"),
    ("KEY='' # remark", ""),
    ("export KEY= # fill in", ""),
    (r'KEY="a\"b\\c\$d\`e\n"', r'a"b\c$d`e\n'),
    (r"KEY='a\"b\\c'", r"a\"b\\c"),
]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=plain", "plain"),
        ("export KEY=exported", "exported"),
        ("KEY = spaced ", "spaced"),
        ("KEY='single # kept'", "single # kept"),
        ('KEY="double"', "double"),
        ("KEY=with=equals", "with=equals"),
        ("KEY=value # remark", "value"),
        ('KEY="quoted" # remark', "quoted"),
        ("KEY='it is # kept' # remark", "it is # kept"),
        ('KEY="a"b"', 'a"b'),
        ("KEY='", "'"),
        ("KEY=", ""),
        ("KEY=# fill in", ""),
        *NOTATIONS_OF_SHELLS,
    ],
)
def test_common_notations_are_understood(line: str, value: str) -> None:
    assert dotenv.parse(line) == {"KEY": value}


@pytest.mark.parametrize(("line", "value"), NOTATIONS_OF_SHELLS)
def test_a_shell_understands_the_same(line: str, value: str) -> None:
    shell = subprocess.run(["sh", "-c", f'{line}\nprintf %s "$KEY"'], capture_output=True, text=True, check=True)
    assert shell.stdout == value


def test_comments_and_blank_lines_are_skipped_and_the_last_value_wins() -> None:
    assert dotenv.parse("# no\n\nA=1\nA=2\n") == {"A": "2"}


def test_a_broken_line_is_named_by_number_and_not_shown() -> None:
    with pytest.raises(UserError, match=r"\.env:2 ") as raised:
        dotenv.parse("A=1\nmy-secret-without-a-key\n")
    assert "my-secret" not in str(raised.value)


def test_a_missing_file_gives_nothing_and_a_binary_one_says_so(tmp_path: Path) -> None:
    assert dotenv.read(tmp_path / ".env") == {}
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(UserError, match="UTF-8"):
        dotenv.read(tmp_path / ".env")


PEM = "-----BEGIN KEY-----\nMIIB=\n-----END KEY-----"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f'KEY="{PEM}"\nA=1\n', {"KEY": PEM, "A": "1"}),
        (f"export KEY='{PEM}' # remark\nA=1\n", {"KEY": PEM, "A": "1"}),
        ('KEY="{\n  "a": 1\n}"\n', None),
        ("KEY='it\nA='x'\n", {"KEY": "'it", "A": "x"}),
        ("some.other-program/x=1\n", None),
        ("some.other-program=1\nexport PATH\nA=1\n", {"some.other-program": "1", "A": "1"}),
        ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
    ],
)
def test_what_other_programs_keep_in_the_file_does_no_harm(text: str, values: dict[str, str] | None) -> None:
    if values is None:
        with pytest.raises(UserError, match=r"\.env:\d+ is not KEY=value"):
            dotenv.parse(text)
    else:
        assert dotenv.parse(text) == values


def test_the_mark_that_windows_puts_at_the_start_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfOPENAI_API_KEY=k\r\n")
    assert dotenv.read(tmp_path / ".env") == {"OPENAI_API_KEY": "k"}
