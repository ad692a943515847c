"""URLs with several hosts or IPv6 addresses: what psycopg gets of them, and a connection to a real server."""

from urllib.parse import quote

import pytest
from servers import closed_port
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from app.database_url import read_url
from app.settings import DatabaseSettings


def connect_arguments(text: str) -> dict[str, str]:
    """What psycopg is called with."""
    url = DatabaseSettings.load(database_url=text).sqlalchemy_url()
    _, arguments = create_engine(url).dialect.create_connect_args(url)
    return {key: str(value) for key, value in arguments.items() if key != "context"}


@pytest.mark.parametrize(
    ("hosts", "host", "port"),
    [
        ("db", "db", ""),
        ("db:6432", "db", "6432"),
        ("[::1]", "::1", ""),
        ("[2001:db8::7]:6432", "2001:db8::7", "6432"),
        ("host1:5432,host2:5432", "host1,host2", "5432,5432"),
        ("host1,host2:5433", "host1,host2", "5432,5433"),
        ("host1:5431,[::1]:5432,10.0.0.7", "host1,::1,10.0.0.7", "5431,5432,5432"),
    ],
)
@pytest.mark.parametrize("user", ["todo@", "todo:p%2Cw@", ""])
def test_psycopg_gets_the_hosts_of_the_url(hosts: str, host: str, port: str, user: str) -> None:
    arguments = connect_arguments(
        f"postgresql://{user}{hosts}/todo?sslmode=require&target_session_attrs=read-write"
    )
    assert (arguments["host"], arguments.get("port", "")) == (host, port)
    assert arguments["dbname"] == "todo"
    assert (arguments["sslmode"], arguments["target_session_attrs"]) == ("require", "read-write")
    assert arguments.get("user") == ("todo" if user else None)
    assert arguments.get("password") == ("p,w" if ":" in user else None)


def test_a_comma_in_a_password_separates_no_hosts() -> None:
    url = read_url("postgresql://todo:p,w@db/todo")
    assert (url.host, url.password) == ("db", "p,w")


@pytest.mark.parametrize(
    "hosts", ["host1:5432,", ",host2", "host1:x,host2", "[::1,host2", "::1,host2", "a:x"]
)
def test_hosts_that_cannot_be_reached_are_refused_at_the_start(hosts: str) -> None:
    with pytest.raises(ValueError):
        read_url(f"postgresql://todo@{hosts}/todo")


def test_a_host_that_does_not_answer_is_passed_over(database_url: str) -> None:
    real = make_url(database_url)
    # The server of the tests listens on a socket, whose folder is its host.
    host = quote(str(real.host or real.query["host"]), safe="")
    hosts = f"127.0.0.1:{closed_port()},{host}:{real.port or 5432}"
    text = f"postgresql://{real.username}:{real.password or ''}@{hosts}/{real.database}"
    engine = create_engine(DatabaseSettings.load(database_url=text).sqlalchemy_url(), poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
