"""How often one account, one address and one user may ask."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from servers import Stack, running_stack

from app.rates import Rate, Window
from app.settings import ConfigurationError, Settings


@pytest.fixture(scope="module")
def limited(database_url: str) -> Iterator[Stack]:
    rates: dict[str, Any] = {"account_rate": "3/minute", "address_rate": "5/minute", "chat_rate": "2/minute"}
    with running_stack(database_url, client_address_hops=2, **rates) as stack:
        yield stack


def _login(stack: Stack, email: str, **headers: str) -> httpx2.Response:
    body = {"email": email, "password": "wrong horse"}
    return stack.http.post("/api/auth/login", json=body, headers=headers)


def _email() -> str:
    return f"{uuid4().hex}@todo.test"


def _is_refused(response: httpx2.Response) -> None:
    assert (response.status_code, response.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert f"in {response.headers['retry-after']} s" in response.json()["detail"]


@pytest.mark.parametrize("exists", [True, False])
def test_passwords_of_one_account_are_not_guessed_fast(limited: Stack, exists: bool) -> None:
    email, other = _email(), _email()
    if exists:
        limited.http.post("/api/auth/register", json={"email": email, "password": "correct horse"})
    tries = [_login(limited, email.upper() if n % 2 else email) for n in range(4)]
    assert [each.status_code for each in tries[: 2 if exists else 3]] == [401] * (2 if exists else 3)
    _is_refused(tries[-1])
    assert _login(limited, other).status_code == 401


def test_one_address_does_not_try_many_accounts_where_it_is_known(limited: Stack) -> None:
    via = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.1"}
    assert [_login(limited, _email(), **via).status_code for _ in range(5)] == [401] * 5
    # What the client wrote before the entry of our proxy changes nothing.
    _is_refused(_login(limited, _email(), **{"X-Forwarded-For": "7.7.7.7, 203.0.113.7, 10.0.0.1"}))
    _is_refused(
        limited.http.post(
            "/api/auth/register", json={"email": _email(), "password": "correct horse"}, headers=via
        )
    )
    other = {"X-Forwarded-For": "203.0.113.8, 10.0.0.1"}
    assert _login(limited, _email(), **other).status_code == 401


def test_an_ipv6_client_is_known_by_its_network(limited: Stack) -> None:
    for number in range(5):
        _login(limited, _email(), **{"X-Forwarded-For": f"2001:db8::{number}, 10.0.0.1"})
    _is_refused(_login(limited, _email(), **{"X-Forwarded-For": "2001:db8::ffff, 10.0.0.1"}))


def test_an_address_that_is_not_known_limits_nobody(limited: Stack) -> None:
    for header in ({}, {"X-Forwarded-For": "10.0.0.9"}, {"X-Forwarded-For": "unknown, 10.0.0.9"}):
        assert {_login(limited, _email(), **header).status_code for _ in range(6)} == {401}


def test_chat_is_limited_by_user(limited: Stack) -> None:
    ada, bob = limited.sign_up("Ada"), limited.sign_up("Bob")
    with ada.http, bob.http:
        ada.say("hello"), ada.say("hello")
        _is_refused(ada.http.post("/api/me/chat", json={"message": "hello"}))
        bob.say("hello")
        assert ada.http.get("/api/me/tasks").status_code == 200


def test_the_window_moves_with_the_time_and_what_was_refused_does_not_count() -> None:
    window = Window(Rate.parse("2/minute"))
    assert [window.hit("a", now) for now in (100, 130, 140, 159.5)] == [0, 0, 20, 0.5]
    assert [window.hit("a", now) for now in (160, 161)] == [0, 29]
    assert window.hit("b", 161) == 0


def test_keys_that_do_not_ask_any_more_are_forgotten_and_others_are_not() -> None:
    window = Window(Rate.parse("1/minute"))
    for number in range(1000):
        window.hit(f"early {number}", 100)
    window.hit("late", 150)
    assert window.hit("another", 170) == 0
    assert len(window) == 2
    assert window.hit("late", 170) == 40


def test_more_keys_than_fit_push_out_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rates.KEYS_MAX", 10)
    window = Window(Rate.parse("1/day"))
    assert {window.hit(str(number), 100) for number in range(100)} == {0}
    assert len(window) == 10
    assert window.hit("99", 100) > 0


@pytest.mark.parametrize(
    "rate", ["", "often", "0/minute", "20", "20/week", "20 per minute", "1/2/minute", "-1/day"]
)
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="must look like 20/minute"):
        Rate.parse(rate)


def test_a_rate_that_cannot_be_read_is_refused_at_start(database_url: str) -> None:
    keys = "k1:" + "x" * 32
    with pytest.raises(ConfigurationError, match="TODO_CHAT_RATE is unusable: must look like 20/minute"):
        Settings.load(database_url=database_url, jwt_keys=keys, chat_rate="often")
