"""Due dates by chat, with the real tools: set in the user's zone, told in it, looked for and taken back."""

import zoneinfo
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from servers import Person


def say(person: Person, message: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = person.ok(say_anyhow(person, message, **more))
    return answer


def say_anyhow(person: Person, message: str, **more: Any) -> httpx2.Response:
    return person.http.post("/api/me/chat", json={"message": message, **more})


def due(person: Person, zone: ZoneInfo) -> datetime:
    [task] = person.ok(person.http.get("/api/me/tasks"))
    return datetime.fromisoformat(task["due_at"]).astimezone(zone)


@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_that_of_the_zone_of_the_page(ada: Person, name: str) -> None:
    zone = ZoneInfo(name)
    today = {datetime.now(zone).date()}
    answer = say(ada, "add pay rent by tomorrow", time_zone=name)
    today.add(datetime.now(zone).date())
    moment = due(ada, zone)
    assert moment.date() - timedelta(days=1) in today and (moment.hour, moment.minute) == (23, 59)
    assert f"It is due {moment:%a} {moment.day} {moment:%b %Y}." in answer["response"]
    listed = say(ada, "what is due tomorrow?", time_zone=name)["response"]
    assert f"1: pay rent (due {moment:%a} {moment.day} {moment:%b %Y})" in listed


def test_without_a_zone_days_are_of_utc_and_the_answer_says_so(ada: Person) -> None:
    answer = say(ada, "add pay rent by 2027-01-15 17:00")
    assert "It is due Fri 15 Jan 2027, 17:00 UTC." in answer["response"]
    assert due(ada, ZoneInfo("UTC")).isoformat() == "2027-01-15T17:00:00+00:00"


@pytest.mark.parametrize("name", ["Asia/Calcutta", "Europe/Kiev", "US/Pacific"])
def test_zones_are_known_by_the_names_that_browsers_still_use(name: str) -> None:
    """Debian has these in a package of their own, which the images lack: the zones are of tzdata on PyPI."""
    zoneinfo.reset_tzpath(to=())
    try:
        assert zoneinfo.ZoneInfo.no_cache(name).utcoffset(datetime(2026, 1, 1)) is not None
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize("zone", ["Europe", "Nowhere/Atlantis", "../etc/passwd", "", "x" * 65, "a\0b", 1])
def test_a_zone_that_is_none_is_refused(ada: Person, zone: object) -> None:
    response = say_anyhow(ada, "hello", time_zone=zone)
    assert response.status_code == 422 and "time_zone" in response.json()["detail"]
    assert ada.ok(ada.http.get("/api/me/conversations")) == []


def test_what_is_due_is_listed_in_that_order_without_what_is_done(ada: Person) -> None:
    for title, due_at in (("Late", "2020-01-02"), ("Later", "2020-01-01"), ("Done", "2020-01-03")):
        ada.add(title, due_at=f"{due_at}T10:00:00Z")
    ada.add("Far away", due_at="2900-01-01T10:00:00Z"), ada.add("Undated")
    say(ada, "complete task 3")
    told = say(ada, "What's overdue?")
    assert told["response"].startswith(
        "Found 2 tasks for “overdue”:\n- 2: Later (due Wed 1 Jan 2020, 10:00 UTC)\n- 1: Late (due "
    )
    assert say(ada, "what is due today?")["response"].startswith("No task is due today.")
    dated = say(ada, "what is due?")["tool_calls"][0]["result"]["tasks"]
    assert [task["title"] for task in dated] == ["Later", "Late", "Far away"]


def test_due_dates_are_moved_removed_and_taken_back(ada: Person) -> None:
    ada.add("Rent")
    conversation = say(ada, "move task 1 to 2027-01-15")["conversation_id"]
    assert due(ada, ZoneInfo("UTC")).date().isoformat() == "2027-01-15"
    again = say(ada, "make it due 2027-02-01 9am", conversation_id=conversation)
    assert "It is due Mon 1 Feb 2027, 09:00 UTC; it was due Fri 15 Jan 2027 UTC." in again["response"]
    removed = say(ada, "remove the due date of 1", conversation_id=conversation)
    assert "It has no due date now" in removed["response"]
    assert ada.ok(ada.http.get("/api/me/tasks"))[0]["due_at"] is None
    say(ada, "undo", conversation_id=conversation)
    assert due(ada, ZoneInfo("UTC")).isoformat() == "2027-02-01T09:00:00+00:00"


def test_dates_that_are_taken_back_or_removed_are_told_in_the_zone_of_the_page(ada: Person) -> None:
    """Kiritimati is 14 hours ahead of UTC, in which the record has them."""
    ada.add("Rent"), ada.add("Gas")
    conversation = say(ada, "hello", time_zone="Pacific/Kiritimati")["conversation_id"]

    def told(message: str) -> str:
        answer = say(ada, message, conversation_id=conversation, time_zone="Pacific/Kiritimati")
        return str(answer["response"])

    told("move task 1 to 2027-01-15")
    told("move task 1 to 2027-01-20")
    assert "It is due Fri 15 Jan 2027; it was due Wed 20 Jan 2027." in told("undo")
    assert "It has no due date now; it was due Fri 15 Jan 2027." in told("remove the due date of task 1")
    assert "It is due Fri 15 Jan 2027." in told("undo")

    told("move task 2 to 2027-01-15")
    told("move tasks 1 and 2 to 2027-01-20"), told("yes")
    assert told("undo").count("its due date to “Fri 15 Jan 2027”") == 2
    assert told("yes").count("It is due Fri 15 Jan 2027; it was due Wed 20 Jan 2027.") == 2


def test_a_new_task_gets_priority_and_tags(ada: Person) -> None:
    answer = say(ada, "add pay rent with high priority #home")
    [task] = ada.ok(ada.http.get("/api/me/tasks"))
    assert (task["title"], task["priority"], task["tags"]) == ("pay rent", "high", ["home"])
    assert "Its priority is high. Its tags are home." in answer["response"]


def test_tasks_are_shown_by_all_that_they_have(ada: Person) -> None:
    ada.add("Pay rent", due_at="2900-01-01T10:00:00Z", priority="high", description="By card.")
    ada.add("Tidy up", tags=["home"]), ada.add("Buy milk")
    say(ada, "complete task 3")

    def shown(message: str) -> str:
        return str(say(ada, message)["response"]).split("\n\n")[0]

    rent = "- 1: Pay rent (high priority, due Fri 1 Jan 2900, 10:00 UTC)"
    assert shown("show tasks for 2900-01-01") == f"Found 1 task for “due 2900-01-01”:\n{rent}"
    assert shown("show tasks with high priority") == f"Found 1 task for “high priority”:\n{rent}"
    assert shown("show tasks with the tag home") == "Found 1 task for “#home”:\n- 2: Tidy up (#home)"
    assert shown("show completed tasks about milk").endswith("task for “milk”:\n- 3: Buy milk (done)")
    assert shown("show completed tasks about rent") == "No completed task fits “rent”."
    assert shown("what's the description of task 1?") == f"Here it is:\n{rent}\n  By card."
    assert shown("what needs to be done?").startswith("You have 2 pending tasks:")
