"""Lists: what they hold, in which order, and page by page."""

import base64
import json
from typing import Any

import pytest
from servers import Person


@pytest.fixture
def full(ada: Person) -> Person:
    """Ada with tasks of every kind, in the order of their titles' first letters."""
    ada.add("Äpfel kaufen", description="beim Händler", priority="low", tags=["home", "food"])
    ada.add("buy MILK 100%", due_at="2027-01-02T09:00:00+02:00", priority="high", tags=["food"])
    ada.add("call Zoë", description="about the milk", due_at="2027-01-01T09:00:00Z", priority="high")
    done = ada.add("draft_report", due_at="2027-01-03T00:00:00Z", tags=["work"])
    ada.ok(ada.http.patch(f"/api/me/tasks/{done['id']}/complete"))
    return ada


def test_a_list_has_each_task_as_it_is_alone(full: Person) -> None:
    for task in full.ok(full.http.get("/api/me/tasks")):
        assert task == full.ok(full.http.get(f"/api/me/tasks/{task['id']}"))


@pytest.mark.parametrize(
    ("query", "letters"),
    [
        ({}, "dcbÄ"),
        ({"sort": "-created"}, "Äbcd"),
        ({"sort": "title"}, "Äbcd"),
        ({"sort": "-title"}, "dcbÄ"),
        ({"sort": "due_date"}, "cbdÄ"),
        ({"sort": "-due_date"}, "Ädbc"),
        ({"sort": "priority"}, "cbÄd"),
        ({"sort": "-priority"}, "dÄbc"),
        ({"priority": "high"}, "cb"),
        ({"tag": "food"}, "bÄ"),
        ({"tag": "#FOOD"}, "bÄ"),
        ({"status": "completed", "tag": "food"}, ""),
        ({"due_after": "2027-01-02T07:00:00Z"}, "db"),
        ({"due_before": "2027-01-02T07:00:00Z"}, "c"),
        ({"due_after": "2027-01-01T09:00:00Z", "due_before": "2027-01-03T00:00:00Z"}, "cb"),
        ({"q": "milk"}, "cb"),
        ({"q": "MILK about"}, "c"),
        ({"q": "äpfel"}, "Ä"),
        ({"q": "ZOE\u0308"}, "c"),
        ({"q": "100%"}, "b"),
        ({"q": "%"}, "b"),
        ({"q": "t_r"}, "d"),
        ({"q": "d_a"}, ""),
        ({"q": "\\"}, ""),
        ({"q": "work"}, "d"),
        ({"q": "milk", "priority": "high", "sort": "title"}, "bc"),
    ],
)
def test_a_list_holds_what_fits_in_the_order_asked_for(
    full: Person, query: dict[str, str], letters: str
) -> None:
    assert "".join(title[0] for title in full.titles(**query)) == letters
    assert "".join(title[0] for title in _page_by_page(full, query)) == letters
    counted = full.http.get("/api/me/tasks", params={**query, "limit": 1, "count": True})
    assert counted.headers["x-total-count"] == str(len(letters))


@pytest.mark.parametrize("word", ["ΘΕΣ", "θεσ", "θες", "ΔΡΌΜΟΣ", "δρόμοσ", "ΘΕΣΣΑΛΟΝΊΚΗ"])
def test_a_sigma_is_found_wherever_in_the_word_it_stands(ada: Person, word: str) -> None:
    """The small letter of one at the end of a word is another than within."""
    ada.add("ο δρόμος για ΘΕΣΣΑΛΟΝΊΚΗ")
    assert len(ada.titles(q=word)) == 1


def _page_by_page(person: Person, query: dict[str, str]) -> list[str]:
    """One task a page, by the links alone."""
    titles = []
    page = person.http.get("/api/me/tasks", params={**query, "limit": 1})
    while True:
        titles += [task["title"] for task in person.ok(page)]
        if "next" not in page.links:
            return titles
        page = person.http.get(page.links["next"]["url"])


def test_what_is_added_or_deleted_meanwhile_neither_repeats_nor_skips_a_task(full: Person) -> None:
    page = full.http.get("/api/me/tasks", params={"limit": 2})
    full.add("Added meanwhile")
    full.http.delete(f"/api/me/tasks/{page.json()[0]['id']}").raise_for_status()
    rest = full.http.get(page.links["next"]["url"]).json()
    assert [task["title"][0] for task in rest] == ["b", "Ä"]


def test_the_total_is_counted_only_where_it_is_asked_for(full: Person) -> None:
    assert "x-total-count" not in full.http.get("/api/me/tasks").headers


def test_the_page_of_the_release_before_finds_its_tasks_and_their_number_by_offset(full: Person) -> None:
    pages = [full.http.get("/api/me/tasks", params={"limit": 2, "offset": offset}) for offset in (0, 2, 4)]
    assert ["".join(task["title"][0] for task in page.json()) for page in pages] == ["dc", "bÄ", ""]
    assert {page.headers["x-total-count"] for page in pages} == {"4"}
    following = full.http.get(pages[0].links["next"]["url"])
    assert [task["title"][0] for task in following.json()] == ["b", "Ä"]


def test_a_link_keeps_to_the_path_that_was_asked(full: Person) -> None:
    for path in ("/api/me/tasks", f"/api/{full.id}/tasks"):
        page = full.http.get(path, params={"limit": 1, "tag": "food"})
        assert page.links["next"]["url"].startswith(f"{path}?limit=1&tag=food&cursor=")


@pytest.mark.parametrize("cursor", ["", "x", "!", "e30", "W10", "bnVsbA", "WzEsMiwzXQ", "é", "A" * 2001])
def test_a_cursor_that_no_list_gave_is_refused(full: Person, cursor: str) -> None:
    response = full.http.get("/api/me/tasks", params={"cursor": cursor})
    assert (response.status_code, "cursor" in response.json()["detail"]) == (422, True)


@pytest.mark.parametrize("value", [None, 5, "soon", ["x"], {"a": 1}, True, "a\0b", "2027-01-01T00:00:00"])
@pytest.mark.parametrize("sort", ["created", "title", "due_date", "priority"])
def test_a_cursor_of_any_content_is_no_server_error(full: Person, sort: str, value: Any) -> None:
    for number in (1, 2**63, -1, "1", True):
        cursor = base64.urlsafe_b64encode(json.dumps([sort, value, number]).encode()).decode().rstrip("=")
        response = full.http.get("/api/me/tasks", params={"cursor": cursor, "sort": sort})
        assert response.status_code in (200, 422)


def test_a_cursor_of_the_longest_title_of_any_script_is_taken_back(ada: Person) -> None:
    titles = ["\U0001f600" * 199 + letter for letter in "ab"]
    for title in titles:
        ada.add(title)
    assert _page_by_page(ada, {"sort": "title"}) == titles


def test_a_cursor_is_for_one_order_only(full: Person) -> None:
    page = full.http.get("/api/me/tasks", params={"limit": 1, "sort": "title"})
    cursor = page.links["next"]["url"].rpartition("cursor=")[2]
    assert full.http.get("/api/me/tasks", params={"cursor": cursor}).status_code == 422


def test_a_cursor_shows_nothing_of_another_users(full: Person, bob: Person) -> None:
    page = full.http.get("/api/me/tasks", params={"limit": 1})
    assert bob.http.get(page.links["next"]["url"]).json() == []
