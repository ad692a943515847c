"""Accounts and tokens."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from uuid import UUID, uuid4

import jwt
import pytest
from argon2 import PasswordHasher
from postgres import execute
from servers import KEYS, Person, Stack

from app.auth.tokens import Keyring
from app.default_secrets import is_known_default
from app.errors import Unauthenticated
from app.settings import ConfigurationError

OLD, NEW = "old:" + "o" * 32, "new:" + "n" * 32


def _account(**changes: object) -> dict[str, object]:
    return {"email": f"{uuid4().hex}@todo.test", "password": "correct horse", "name": "Ada", **changes}


def test_registering_logs_in(stack: Stack) -> None:
    body = _account()
    response = stack.http.post("/api/auth/register", json=body)
    assert response.status_code == 201
    answer = response.json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "user"}
    assert answer["token_type"] == "bearer" and answer["expires_in"] > 0
    assert answer["user"] == {"id": answer["user"]["id"], "email": body["email"], "name": "Ada"}
    UUID(answer["user"]["id"])
    me = stack.http.get("/api/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert me.json() == answer["user"]


def test_an_address_is_one_account_however_it_is_written(stack: Stack) -> None:
    body = _account()
    first = stack.http.post("/api/auth/register", json=body).json()
    shouted = {**body, "email": f" {str(body['email']).upper()} "}
    again = stack.http.post("/api/auth/register", json=shouted)
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    login = stack.http.post("/api/auth/login", json={k: shouted[k] for k in ("email", "password")})
    assert (login.status_code, login.json()["user"]) == (200, first["user"])


def test_an_address_and_a_password_are_the_same_in_every_unicode_spelling(stack: Stack) -> None:
    local = uuid4().hex
    composed = {"email": f"jos\u00e9-{local}@todo.test", "password": "caf\u00e9 \u2460 horse"}
    decomposed = {"email": f"JOSE\u0301-{local}@todo.test", "password": "cafe\u0301 1 horse"}
    user = stack.http.post("/api/auth/register", json=decomposed).json()["user"]
    assert user["email"] == composed["email"]
    assert stack.http.post("/api/auth/register", json=composed).status_code == 409
    assert stack.http.post("/api/auth/login", json=composed).json()["user"] == user


def test_an_account_of_before_spellings_were_unified_still_logs_in(stack: Stack, database_url: str) -> None:
    local = uuid4().hex
    body = {"email": f"jose\u0301-{local}@todo.test", "password": "cafe\u0301 horse"}
    old_hash = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(body["password"])
    execute(
        database_url,
        "INSERT INTO users (id, email, name, password_hash) "
        f"VALUES ('{uuid4()}', '{body['email']}', 'José', '{old_hash}')",
    )
    assert stack.http.post("/api/auth/register", json=body).status_code == 409
    assert stack.http.post("/api/auth/login", json=body).status_code == 200
    composed = {"email": f"JOS\u00c9-{local}@todo.test", "password": "caf\u00e9 horse"}
    assert stack.http.post("/api/auth/register", json=composed).status_code == 409
    assert stack.http.post("/api/auth/login", json=composed).status_code == 200


def test_accounts_of_before_that_look_the_same_each_log_in_as_they_are_written(
    stack: Stack, database_url: str
) -> None:
    local = uuid4().hex
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("correct horse")
    for email in (addresses := [f"{first}-{local}@todo.test" for first in ("jose\u0301", "jos\u00e9")]):
        execute(
            database_url,
            "INSERT INTO users (id, email, name, password_hash) "
            f"VALUES ('{uuid4()}', '{email}', 'José', '{hashed}')",
        )
    for email in addresses:
        login = stack.http.post("/api/auth/login", json={"email": email, "password": "correct horse"})
        assert login.json()["user"]["email"] == email


def test_a_name_is_taken_from_the_address_where_none_is_given(stack: Stack) -> None:
    body = _account(email=f"grace-{uuid4().hex}@todo.test", name=None)
    answer = stack.http.post("/api/auth/register", json=body).json()
    assert answer["user"]["name"] == str(body["email"]).split("@")[0]


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(stack: Stack) -> None:
    body = _account()
    stack.http.post("/api/auth/register", json=body)
    wrong, unknown = (
        stack.http.post("/api/auth/login", json={"email": account["email"], "password": "wrong horse"})
        for account in (body, _account())
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    "change", [{"email": "nobody"}, {"email": "a b@c"}, {"password": "short"}, {"password": "x" * 129}]
)
def test_an_unusable_registration_is_refused(stack: Stack, change: dict[str, object]) -> None:
    response = stack.http.post("/api/auth/register", json=_account(**change))
    assert response.status_code == 422
    assert next(iter(change)) in response.json()["detail"]
    assert str(next(iter(change.values()))) not in response.text.replace("nobody@", "")


def test_a_password_is_stored_as_an_argon2_hash_only(stack: Stack, database_url: str) -> None:
    body = _account()
    stack.http.post("/api/auth/register", json=body)
    [(stored,)] = execute(database_url, f"SELECT password_hash FROM users WHERE email = '{body['email']}'")
    assert str(stored).startswith("$argon2id$")


def _tampered(person: Person) -> str:
    head, _, tail = person.token.split(".")
    claims = {"iss": "todo-stack", "aud": "todo-api", "sub": str(uuid4()), "iat": 1, "exp": 2**33}
    return f"{head}.{_encoded(json.dumps(claims).encode())}.{tail}"


def _unsigned(person: Person) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none", headers={"kid": "test"})


def _signed_by_a_stranger(person: Person) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode(claims, "s" * 32, headers={"kid": "test"})


def _of_another_kid(person: Person) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode(claims, KEYS.partition(":")[2], headers={"kid": "unknown"})


def _signed_by_an_empty_key(person: Person) -> str:
    """By hand, since the library refuses to."""
    header = _encoded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "unknown"}).encode())
    signed = f"{header}.{person.token.split('.')[1]}"
    return f"{signed}.{_encoded(hmac.digest(b'', signed.encode(), hashlib.sha256))}"


def _without_kid(person: Person) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode(claims, KEYS.partition(":")[2])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _expired(person: Person) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return jwt.encode({**claims, "exp": 1}, KEYS.partition(":")[2], headers={"kid": "test"})


@pytest.mark.parametrize(
    "forge",
    [
        _tampered,
        _unsigned,
        _signed_by_a_stranger,
        _signed_by_an_empty_key,
        _of_another_kid,
        _without_kid,
        _expired,
    ],
)
def test_a_forged_or_expired_token_is_unauthorized(
    stack: Stack, ada: Person, forge: Callable[[Person], str]
) -> None:
    response = stack.http.get("/api/auth/me", headers={"Authorization": f"Bearer {forge(ada)}"})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer x"}])
@pytest.mark.parametrize("path", ["/api/auth/me", "/api/me/tasks", "/api/me/conversations"])
def test_nothing_is_served_without_a_token(stack: Stack, path: str, header: dict[str, str]) -> None:
    assert stack.http.get(path, headers=header).status_code == 401


def test_the_token_of_a_deleted_account_is_unauthorized(stack: Stack, ada: Person, database_url: str) -> None:
    execute(database_url, f"DELETE FROM users WHERE id = '{ada.id}'")
    assert ada.http.post("/api/me/tasks", json={"title": "late"}).status_code == 401


def test_keys_rotate_without_logging_anybody_out() -> None:
    user, session = uuid4(), uuid4()
    before, during, after = map(Keyring.parse, (OLD, f"{NEW},{OLD}", NEW))
    for issuing, reading in ((before, during), (during, after)):
        assert reading.read_access_token(issuing.access_token(user, session, 60)).user_id == user
        assert reading.read_refresh_token(issuing.refresh_token(session, 7, 60)).generation == 7
    with pytest.raises(Unauthenticated):
        after.read_access_token(before.access_token(user, session, 60))


def test_a_token_of_the_release_before_is_accepted_until_it_expires(stack: Stack, ada: Person) -> None:
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    del claims["sid"]
    token = jwt.encode(claims, KEYS.partition(":")[2], headers={"kid": "test"})
    headers = {"Authorization": f"Bearer {token}"}
    assert stack.http.get("/api/auth/me", headers=headers).json()["id"] == ada.id
    assert stack.http.get("/api/auth/tokens", headers=headers).status_code == 403


def test_a_token_for_one_use_is_refused_for_the_other() -> None:
    ring, session = Keyring.parse(NEW), uuid4()
    with pytest.raises(Unauthenticated):
        ring.read_access_token(ring.refresh_token(session, 0, 60))
    with pytest.raises(Unauthenticated):
        ring.read_refresh_token(ring.access_token(uuid4(), session, 60))


@pytest.mark.parametrize(
    "secret",
    [
        "changemechangemechangemechangeme",
        "change-this-to-a-secret-in-production",
        "your-256-bit-secret-your-256-bit-secret",
        "super_secret_jwt_key_123456789012345",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "a-string-secret-at-least-256-bits-long",
    ],
)
def test_a_well_known_secret_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="'k1' is a well-known default") as refused:
        Keyring.parse(f"k1:{secret}")
    assert secret not in str(refused.value)


def test_no_random_secret_is_taken_for_a_well_known_one() -> None:
    for make in (secrets.token_hex, secrets.token_urlsafe):
        assert not [text for text in (make(24) for _ in range(2000)) if is_known_default(text)]


@pytest.mark.parametrize(
    ("spec", "said"),
    [("", "no key"), ("kid", "kid:secret"), ("kid:short", "'kid' is shorter"), (f"{OLD},{OLD}", "twice")],
)
def test_an_unusable_keyring_is_refused_without_showing_a_secret(spec: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        Keyring.parse(spec)
    assert "short" not in str(refused.value).replace("shorter", "")
    assert "ooo" not in str(refused.value)
