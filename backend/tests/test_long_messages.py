"""No message of the permitted length holds up the event loop, whatever its shape."""

import json
import subprocess
import sys

import pytest
from postgres import BACKEND

from app.chat.routes import MESSAGE_MAX

OPENINGS = ["", "add ", "add a task with ", "put it ", "delete ", "mark ", "mark the ", "change ", "rename '"]
OPENINGS += ["move task ", "due ", "remind me ", "show tasks ", "find tasks about "]
OPENINGS += ["change the description of ", "i have finished ", "i need to ", "what "]

PIECES = ["a", "1", "1, ", " ", "  x", "\n", "x\n", ", ", ".", ". ", "!"]
PIECES += ["'", " '", " 'a", '"', "“", "«a", "`"]
PIECES += ["to ", "to  ", "the ", "on the ", "on my list ", "from my ", "with ", ",with details"]
PIECES += ["mark ", "add ", "change ", "and ", "and then ", "as ", "as done ", "not ", "not yet "]
PIECES += ["task ", "task 1 is ", "please "]

PIECES += ["by ", "friday ", "due ", "by friday ", "tomorrow ", "at 5 ", "#a ", "# ", "in 3 days "]

ENDINGS = ["", "x", " x", "\nx", " by friday", " #a due tomorrow 5pm"]

READ_ALL = """
import datetime, json, sys
from app.chat.english.understand import read, read_title
for message in json.load(sys.stdin):
    read(message, datetime.datetime.now(datetime.UTC)), read_title(message)
"""


@pytest.mark.parametrize("opening", OPENINGS)
def test_no_message_is_too_long_to_read(opening: str) -> None:
    messages = []
    for piece in PIECES:
        for ending in ENDINGS:
            room = MESSAGE_MAX - len(opening) - len(ending)
            messages.append(opening + (piece * room)[:room] + ending)
    # A process, since nothing else can end a regular expression that does not.
    subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input=json.dumps(messages),
        cwd=BACKEND,
        text=True,
        check=True,
        timeout=120,
    )
