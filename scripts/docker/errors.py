"""The one map from the Docker SDK's exceptions to errors that a person can act on."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.core.errors import UserError


class EngineError(UserError):
    """A request that the Docker engine refused, or that did not reach it."""


class NotFound(EngineError):
    """The image, container, network or volume does not exist."""


class Unreachable(EngineError):
    """No Docker engine answers."""


@contextmanager
def mapped(doing: str, engine: str) -> Iterator[None]:
    """Turn what the SDK raises into EngineError. `doing` completes "Docker could not …"; `engine` names the engine."""
    import docker.errors
    import requests
    import urllib3.exceptions

    # An OSError of another kind is about a file of ours, such as a full disk.
    network = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError)
    try:
        yield
    except docker.errors.NotFound as error:
        raise NotFound(f"Docker could not {doing}: {_explanation(error)}") from None
    except docker.errors.APIError as error:
        raise EngineError(f"Docker could not {doing}: {_explanation(error)}", "see the log of the engine") from None
    except docker.errors.TLSParameterError as error:
        raise EngineError(
            f"the TLS files for {engine} cannot be used: {error.args[0]}", "check DOCKER_CERT_PATH"
        ) from None
    except (docker.errors.DockerException, ValueError) as error:  # ValueError: DOCKER_HOST is no URL
        raise EngineError(f"{engine} cannot be used: {error}", "check docker's configuration") from None
    except requests.HTTPError as error:
        raise EngineError(f"Docker could not {doing}: {error}", "see the log of the engine") from None
    except network as error:
        raise unreachable(doing, engine, root_cause(error)) from None


def unreachable(doing: str, engine: str, cause: BaseException) -> UserError:
    if isinstance(cause, TimeoutError):
        return Unreachable(
            f"Docker could not {doing}: {engine} did not answer in time", "check its load, or restart it"
        )
    if isinstance(cause, PermissionError):
        user = _user()
        return UserError(
            f"user {user} may not use {engine} (permission denied on its socket)",
            f"run as root, or: sudo usermod -aG docker {user}, then log in again",
        )
    reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return Unreachable(f"{engine} does not answer: {reason}", "start it, or set DOCKER_HOST to one that runs")


def root_cause(error: BaseException) -> BaseException:
    """The innermost exception: requests and urllib3 carry the one below as an argument, a reason or a cause."""
    while True:
        carried = [*error.args, getattr(error, "reason", None), error.__cause__, error.__context__]
        below = next((item for item in carried if isinstance(item, BaseException)), None)
        if below is None:
            return error
        error = below


def _explanation(error: Exception) -> str:
    said = getattr(error, "explanation", None) or str(error)
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # a user without an entry in the machine's database
