"""Logins: the refresh token in its cookie, its replacement, and the end of a session."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2
import jwt
import pytest
from postgres import execute
from servers import KEYS, Stack

from app.auth.tokens import Keyring


@dataclass(frozen=True)
class Browser:
    """Keeps cookies, and sends the Origin of the page that it shows."""

    http: httpx2.Client
    account: dict[str, str]

    def login(self) -> dict[str, str]:
        return _tokens(self.http.post("/api/auth/login", json=self.account))

    def refresh(self, cookie: str | None = None) -> httpx2.Response:
        if cookie is None:
            return self.http.post("/api/auth/refresh")
        headers = {"Cookie": f"{self.name}={cookie}", "Origin": str(self.http.base_url)}
        return httpx2.post(f"{self.http.base_url}/api/auth/refresh", headers=headers)

    @property
    def name(self) -> str:
        """Of its cookie."""
        return f"todo_refresh_{self.http.base_url.port}"

    def cookie(self) -> str:
        return self.http.cookies[self.name]

    def me(self, token: str) -> int:
        return self.http.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code

    def sessions(self, token: str) -> httpx2.Response:
        return self.http.get("/api/auth/sessions", headers={"Authorization": f"Bearer {token}"})


def _tokens(response: httpx2.Response) -> dict[str, str]:
    assert response.is_success, response.text
    answer: dict[str, str] = response.json()
    return answer


@pytest.fixture
def browser(stack: Stack) -> Iterator[Browser]:
    account = {"email": f"{uuid4().hex}@todo.test", "password": "correct horse"}
    headers = {"Origin": stack.url, "User-Agent": "Test browser"}
    with httpx2.Client(base_url=stack.url, headers=headers, timeout=60) as http:
        http.post("/api/auth/register", json=account)
        yield Browser(http, account)


def _let_time_pass(database_url: str, browser: Browser, interval: str) -> None:
    execute(
        database_url,
        f"UPDATE sessions SET refreshed_at = refreshed_at - interval '{interval}' FROM users "
        f"WHERE users.id = user_id AND email = '{browser.account['email']}'",
    )


def test_the_refresh_token_is_in_a_cookie_that_no_script_and_no_other_site_can_use(browser: Browser) -> None:
    response = browser.http.post("/api/auth/login", json=browser.account)
    value, *attributes = response.headers["set-cookie"].split("; ")
    name, _, token = value.partition("=")
    assert name == browser.name and token not in response.text
    assert {"HttpOnly", "SameSite=strict", "Path=/api/auth", "Max-Age=1209600"} == set(attributes)


def test_the_cookie_is_secure_behind_https(browser: Browser) -> None:
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "todo.example.org"}
    response = browser.http.post("/api/auth/login", json=browser.account, headers=https)
    assert "Secure" in response.headers["set-cookie"].split("; ")
    token = response.headers["set-cookie"].split("; ")[0]
    assert token.startswith("todo_refresh=")
    headers = {**https, "Cookie": token, "Origin": "https://todo.example.org"}
    assert httpx2.post(f"{browser.http.base_url}/api/auth/refresh", headers=headers).status_code == 200


def test_stacks_on_two_ports_of_one_host_do_not_log_each_other_out(browser: Browser) -> None:
    """The ports are those that a proxy was asked at; as in a browser, one jar is for all of them."""
    stacks = [
        {"X-Forwarded-Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
        for port in (30300, 30301)
    ]
    for stack in stacks:
        assert browser.http.post("/api/auth/login", json=browser.account, headers=stack).status_code == 200
    for stack in stacks:
        assert browser.http.post("/api/auth/refresh", headers=stack).status_code == 200
    assert browser.http.post("/api/auth/logout", headers=stacks[0]).status_code == 204
    assert browser.http.post("/api/auth/refresh", headers=stacks[1]).status_code == 200


def test_an_access_token_is_short_and_is_replaced_by_the_cookie(browser: Browser) -> None:
    token = browser.login()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 900
    before = browser.cookie()
    renewed = _tokens(browser.refresh())
    assert set(renewed) == {"access_token", "token_type", "expires_in", "user"}
    assert browser.me(renewed["access_token"]) == browser.me(token) == 200
    assert browser.cookie() != before
    assert browser.refresh().status_code == 200


def test_without_a_cookie_there_is_nothing_to_refresh(stack: Stack) -> None:
    assert httpx2.post(f"{stack.url}/api/auth/refresh").status_code == 204


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost", "http://", ""]
)
@pytest.mark.parametrize("action", ["refresh", "logout"])
def test_the_page_of_another_origin_can_do_nothing_with_the_cookie(
    browser: Browser, action: str, origin: str | None
) -> None:
    headers = {"Cookie": f"{browser.name}={browser.cookie()}"} | (
        {} if origin is None else {"Origin": origin}
    )
    response = httpx2.post(f"{browser.http.base_url}/api/auth/{action}", headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (403, "application/problem+json")
    assert "Origin" in response.json()["detail"] and "set-cookie" not in response.headers
    assert browser.refresh().status_code == 200


def test_a_refresh_token_that_is_used_again_ends_the_session(
    browser: Browser, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser.login()
    stolen = browser.cookie()
    token = _tokens(browser.refresh())["access_token"]
    _let_time_pass(database_url, browser, "11 seconds")
    assert browser.refresh(stolen).status_code == 401
    assert "was used again: their session has ended" in caplog.text
    assert browser.refresh().status_code == 401
    assert browser.me(token) == 401


def test_a_refresh_whose_answer_got_lost_may_be_repeated_at_once(browser: Browser, database_url: str) -> None:
    browser.login()
    first = browser.cookie()
    assert browser.refresh(first).status_code == 200
    assert browser.refresh(first).status_code == 200
    assert browser.refresh().status_code == 200


def test_tabs_that_refresh_at_once_stay_logged_in_in_whatever_order_they_arrive(
    browser: Browser, database_url: str
) -> None:
    browser.login()
    first = browser.cookie()
    assert browser.refresh().status_code == 200
    second = browser.cookie()
    assert second != first
    for token in (second, first, second, first):
        assert browser.refresh(token).status_code == 200
    _let_time_pass(database_url, browser, "11 seconds")
    assert browser.refresh(second).status_code == 200
    # Only now was it replaced, and it is answered for a while as the first was.
    assert browser.refresh(second).status_code == 200
    _let_time_pass(database_url, browser, "11 seconds")
    assert browser.refresh(second).status_code == 401


def test_a_token_from_before_the_last_one_ends_the_session_at_once(
    browser: Browser, database_url: str
) -> None:
    browser.login()
    stolen = browser.cookie()
    for _ in range(2):
        assert browser.refresh().status_code == 200
        _let_time_pass(database_url, browser, "11 seconds")
    assert browser.refresh().status_code == 200
    assert browser.refresh(stolen).status_code == 401


@pytest.mark.parametrize("cookie", ["x", "a.b.c", jwt.encode({"sid": "x"}, KEYS.partition(":")[2])])
def test_a_forged_refresh_token_is_refused(browser: Browser, cookie: str) -> None:
    assert browser.refresh(cookie).status_code == 401


def test_logging_out_ends_the_session_for_every_token_of_it(browser: Browser) -> None:
    token, cookie = browser.login()["access_token"], browser.cookie()
    response = browser.http.post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 204
    assert browser.name not in browser.http.cookies
    assert browser.me(token) == 401
    assert browser.refresh(cookie).status_code == 401


def test_the_cookie_alone_logs_out_a_page_whose_access_token_has_expired(browser: Browser) -> None:
    token = browser.login()["access_token"]
    assert browser.http.post("/api/auth/logout").status_code == 204
    assert browser.me(token) == 401
    assert browser.http.post("/api/auth/logout").status_code == 204


def test_logging_out_in_one_tab_leaves_the_login_of_another(browser: Browser) -> None:
    earlier = browser.login()["access_token"]
    later = browser.login()["access_token"]
    browser.http.post("/api/auth/logout", headers={"Authorization": f"Bearer {earlier}"})
    assert (browser.me(earlier), browser.me(later)) == (401, 200)
    assert browser.refresh().status_code == 200


def test_logging_out_with_an_expired_token_leaves_the_login_of_another_account(
    stack: Stack, browser: Browser
) -> None:
    earlier = browser.login()["access_token"]
    claims = jwt.decode(earlier, options={"verify_signature": False})
    keyring = Keyring.parse(KEYS)
    expired = keyring.access_token(UUID(claims["sub"]), UUID(claims["sid"]), seconds=-60)
    other = {"email": f"{uuid4().hex}@todo.test", "password": "correct horse"}
    later = _tokens(browser.http.post("/api/auth/register", json=other))["access_token"]
    logout = browser.http.post("/api/auth/logout", headers={"Authorization": f"Bearer {expired}"})
    assert logout.status_code == 204
    assert (browser.me(earlier), browser.me(later)) == (401, 200)
    assert browser.refresh().status_code == 200
    # A token without a session says whose it is too, and it is not the cookie's.
    assistant = keyring.assistant_token(UUID(claims["sub"]), seconds=60)
    browser.http.post("/api/auth/logout", headers={"Authorization": f"Bearer {assistant}"})
    assert browser.me(later) == 200


def test_a_forged_token_logs_nobody_out(browser: Browser) -> None:
    token = browser.login()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, "x" * 32, headers={"kid": KEYS.partition(":")[0]})
    url = f"{browser.http.base_url}/api/auth/logout"
    assert httpx2.post(url, headers={"Authorization": f"Bearer {forged}"}).status_code == 204
    assert browser.me(token) == 200


def test_of_very_many_sessions_the_last_used_are_kept(browser: Browser, database_url: str) -> None:
    here, unused = browser.login()["access_token"], browser.login()["access_token"]
    claims = jwt.decode(unused, options={"verify_signature": False})
    execute(
        database_url,
        "INSERT INTO sessions (id, user_id, refreshed_at, expires_at) "
        f"SELECT gen_random_uuid(), '{claims['sub']}', now(), now() + interval '1 day' "
        "FROM generate_series(1, 98)",
    )
    execute(
        database_url,
        f"UPDATE sessions SET refreshed_at = now() - interval '1 day' WHERE id = '{claims['sid']}'",
    )
    newest = browser.login()["access_token"]
    assert len(browser.sessions(newest).json()) == 100
    assert (browser.me(here), browser.me(unused), browser.me(newest)) == (200, 401, 200)


def test_sessions_are_listed_and_ended(browser: Browser) -> None:
    here, there = browser.login()["access_token"], browser.login()["access_token"]
    listed = browser.sessions(here).json()
    assert len(listed) == 3  # the registration's too
    assert {item["client"] for item in listed} == {"Test browser"}
    [other] = [item["id"] for item in browser.sessions(there).json() if item["current"]]
    ended = browser.http.delete(f"/api/auth/sessions/{other}", headers={"Authorization": f"Bearer {here}"})
    assert ended.status_code == 204
    assert (browser.me(here), browser.me(there)) == (200, 401)
    again = browser.http.delete(f"/api/auth/sessions/{other}", headers={"Authorization": f"Bearer {here}"})
    assert again.status_code == 404


@pytest.mark.parametrize("titles", [[], ["Milk"]])
def test_a_list_is_refused_once_its_session_has_ended(stack: Stack, titles: list[str]) -> None:
    ada = stack.sign_up()
    with ada.http:
        for title in titles:
            ada.add(title)
        assert ada.titles() == titles
        ada.http.post("/api/auth/logout").raise_for_status()
        refused = ada.http.get("/api/me/tasks")
        assert refused.status_code == 401 and "ended" in refused.json()["detail"]
        assert ada.http.get("/api/me/tasks", params={"count": True}).status_code == 401


def test_a_session_that_was_not_used_for_long_has_ended(
    browser: Browser, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = browser.login()["access_token"]
    assert browser.me(token) == 200
    execute(
        database_url,
        "UPDATE sessions SET expires_at = now() FROM users "
        f"WHERE users.id = user_id AND email = '{browser.account['email']}'",
    )
    assert browser.me(token) == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert browser.http.get("/api/me/tasks", headers=headers).status_code == 401
    assert browser.refresh().status_code == 401
    assert "used again" not in caplog.text
    token = browser.login()["access_token"]
    assert len(browser.sessions(token).json()) == 1
