"""Reading the reason of a broken reload out of a service's log."""

from __future__ import annotations

from pathlib import Path

from scripts.engine.proof.reason import VITE_PLACE, explain
from scripts.tiltfile.model import Sync

BACKEND = [Sync(Path("/src/backend/app"), "/app/app")]
FRONTEND = [Sync(Path("/src/frontend/src"), "/app/src"), Sync(Path("/src/frontend/index.html"), "/app/index.html")]
SYNTAX = """Process SpawnProcess-3:
Traceback (most recent call last):
  File "/usr/lib/python3.13/multiprocessing/process.py", line 313, in _bootstrap
    self.run()
  File "/app/app/main.py", line 5, in <module>
    from app import wording
  File "/app/app/wording.py", line 16
    def broken(:
               ^
SyntaxError: invalid syntax"""
IN_LIBRARY = """Traceback (most recent call last):
  File "/app/app/settings.py", line 9, in load
    return Model()
  File "/opt/venv/lib/python3.13/site-packages/pydantic/main.py", line 250, in __init__
    raise x
pydantic_core.ValidationError: 1 validation error for Settings"""
VITE = """6:47:29 AM [vite] Internal server error: Transform failed with 1 error:
[PARSE_ERROR] Unexpected token
    ╭─[ src/App.tsx:27:16 ]
    │
 27 │ const x = <div"""


def test_a_syntax_error_is_told_with_the_file_of_this_checkout() -> None:
    assert explain(SYNTAX.splitlines(), BACKEND) == "SyntaxError: invalid syntax (backend/app/wording.py:16)"


def test_of_an_error_inside_a_library_our_own_frame_counts() -> None:
    told = explain(IN_LIBRARY.splitlines(), BACKEND)
    assert told == "pydantic_core.ValidationError: 1 validation error for Settings (backend/app/settings.py:9)"


def test_a_front_end_that_does_not_compile_is_told_with_its_place() -> None:
    told = explain(VITE.splitlines(), FRONTEND)
    assert told == "Transform failed with 1 error: [PARSE_ERROR] Unexpected token (frontend/src/App.tsx:27)"


def test_the_place_of_vite_is_looked_for_once_in_a_word_however_long_it_is() -> None:
    word = "a./-" * 4_000
    assert VITE_PLACE.match(f"{word}.tsx:27:16")
    assert not any(VITE_PLACE.match(f"{word}.tsx:27:16", start) for start in range(1, len(word)))
    assert explain([VITE.replace("╭─[", word)], FRONTEND) == ""
    told = explain(VITE.replace("╭─[", f"{word} (").splitlines(), FRONTEND)
    assert told.endswith("(frontend/src/App.tsx:27)")


def test_the_last_error_counts_and_the_name_of_a_container_before_the_text_does_not() -> None:
    lines = [*SYNTAX.splitlines(), "migrate | Traceback (most recent call last):", "migrate | KeyError: 'x'"]
    assert explain(lines, BACKEND) == "KeyError: 'x'"


def test_what_a_migration_ends_with_is_told() -> None:
    lines = ["migrate | ERROR: the database is at 0006", "migrate | FAILED: the database is at 0006; switch back", ""]
    assert explain(lines, BACKEND) == "the database is at 0006; switch back"


def test_a_log_without_an_error_explains_nothing() -> None:
    assert explain(["INFO: Started server process [7]", "WARNING: an Error in the middle of a sentence"], BACKEND) == ""
