"""Configuration from the environment and from files."""

import subprocess
import sys
from pathlib import Path

import pytest
from postgres import BACKEND

from app.settings import ConfigurationError, DatabaseSettings, Settings

URL = "postgresql+psycopg://todo@postgres-service:5432/todo"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder laid out as Kubernetes mounts a Secret: each name is a link into ..data."""
    (tmp_path / "..data").mkdir()
    for name, value in {
        "todo_database_password": "p@ss/word\n",
        "todo_jwt_keys": "k:" + "x" * 32,
        "openai_api_key": "",
    }.items():
        (tmp_path / "..data" / name).write_text(value)
        (tmp_path / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("TODO_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("TODO_DATABASE_URL", URL)
    return tmp_path


def test_secrets_are_read_from_files(secrets: Path) -> None:
    settings = Settings.load()
    assert settings.jwt_keys.get_secret_value() == "k:" + "x" * 32
    assert settings.sqlalchemy_url().password == "p@ss/word"
    assert settings.openai_api_key is None


def test_the_environment_wins_over_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_DATABASE_PASSWORD", "other")
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    settings = Settings.load()
    assert settings.sqlalchemy_url().password == "other"
    assert settings.openai_api_key is not None and settings.openai_api_key.get_secret_value() == "a key"


def test_no_secret_is_shown_when_settings_are_printed(secrets: Path) -> None:
    shown = repr(Settings.load()) + str(Settings.load().sqlalchemy_url())
    assert "p@ss" not in shown and "xxx" not in shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_any_spelling_of_a_postgresql_url_uses_psycopg(scheme: str) -> None:
    settings = DatabaseSettings.load(database_url=f"{scheme}://u:p@h/d?sslmode=require")
    url = settings.sqlalchemy_url()
    assert (url.drivername, url.password, url.query["sslmode"]) == ("postgresql+psycopg", "p", "require")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TODO_DATABASE_URL", "mysql://hidden-word@host/db"),
        ("TODO_DATABASE_URL", "hidden-word"),
        ("TODO_LOG_LEVEL", "hidden-word"),
        ("TODO_DATABASE_POOL_SIZE", "hidden-word"),
        ("TODO_SECRETS_DIR", "/nowhere"),
    ],
)
def test_an_unusable_variable_is_named_and_a_secret_is_not(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=variable) as refused:
        Settings.load()
    assert "hidden-word" not in str(refused.value)


def test_a_missing_setting_stops_the_service_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=BACKEND,
        env={"PORT": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("backend: TODO_DATABASE_URL is not set")
    assert len(done.stderr.splitlines()) == 1 and "TODO_JWT_KEYS" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "tcp://10.0.0.1:80"), ("PORT", "70000"), ("TODO_UNREADY_SECONDS", "2s")],
)
def test_an_unusable_setting_of_the_server_ends_it_with_one_line_that_names_it(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"], cwd=BACKEND, env={name: value}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"backend: {name} is unusable: ") and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["todo_database_password", "todo_jwt_keys", "openai_api_key"])
def test_a_secret_that_is_no_text_is_named(secrets: Path, name: str) -> None:
    (secrets / "..data" / name).write_bytes(b"hidden-word\xff")
    with pytest.raises(
        ConfigurationError, match=f"{name.removeprefix('todo_')}.* no text in UTF-8"
    ) as refused:
        Settings.load()
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "password", "named"),
    [
        ("postgresql://todo@h/d", "changeme", "TODO_DATABASE_PASSWORD"),
        ("postgresql://todo:postgres@h/d", None, "TODO_DATABASE_URL"),
        ("postgresql://todo:Change-Me@h1:5432,h2:5432/d", None, "TODO_DATABASE_URL"),
        ("postgresql://todo@h/d?password=postgres", None, "TODO_DATABASE_URL"),
        ("postgresql://todo@h/d?password=postgres", "its own", "TODO_DATABASE_URL"),
        ("postgresql://todo:postgres@h/d", "its own", None),
    ],
)
def test_a_well_known_password_is_refused_wherever_it_stands(
    url: str, password: str | None, named: str | None
) -> None:
    def load() -> Settings:
        return Settings.load(database_url=url, database_password=password, jwt_keys="k:" + "x" * 32)

    if named is None:
        load()
        return
    with pytest.raises(ConfigurationError, match=f"^{named} is unusable: a well-known default") as refused:
        load()
    assert "postgres" not in str(refused.value)


def test_migrations_need_the_database_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_DATABASE_URL", URL)
    assert DatabaseSettings.load().sqlalchemy_url().host == "postgres-service"
