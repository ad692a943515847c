"""A connection to the Docker engine that the environment names, else to that of the current docker context."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from scripts.core.errors import UserError
from scripts.core.hosts import is_loopback
from scripts.docker.errors import mapped

QUICK_SECONDS = 30.0
SECONDS = 600.0


class Connection:
    """`env` is merged over this process's environment. The SDK is imported and the engine asked at the first request,
    so a connection costs nothing to a command that does not use it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._clients: dict[float, Any] = {}

    @property
    def name(self) -> str:
        """The engine in messages: with what names it, where that is not the default."""
        elsewhere = self.elsewhere()
        return f"the Docker engine that {elsewhere}" if elsewhere else "the Docker engine"

    def elsewhere(self) -> str:
        """What names another engine than this machine's default, as "DOCKER_HOST names (URL)"; "" for the default."""
        environment = {**os.environ, **self._env}
        if host := environment.get("DOCKER_HOST"):
            return f"DOCKER_HOST names ({host})"
        context = _context(environment)
        return "" if context == "default" else f"docker context {context} names"

    @contextmanager
    def request(self, doing: str, seconds: float = SECONDS) -> Iterator[Any]:
        """The SDK's client, docker.APIClient, for a request that may take so long between two pieces of its answer.

        Everything that the SDK raises within becomes an EngineError. `doing` completes "Docker could not …".
        """
        with mapped(doing, self.name):
            yield self._client(seconds)

    def _client(self, seconds: float) -> Any:
        with self._lock:
            if seconds not in self._clients:
                self._clients[seconds] = self._connect(seconds)
            return self._clients[seconds]

    def _connect(self, seconds: float) -> Any:
        import docker
        from docker.context import ContextAPI

        environment = {**os.environ, **self._env}
        parameters = docker.utils.kwargs_from_env(environment=environment)
        if "base_url" not in parameters:
            # The SDK takes the default engine if the context does not exist; like the CLI, we do not.
            context = _context(environment)
            if ContextAPI.get_context(context) is None:
                raise UserError(f"docker context {context} does not exist", "choose one with: docker context use NAME")
            parameters |= ContextAPI.kwargs_from_context(context, environment)
        parameters["use_ssh_client"] = True  # as the CLI does: the user's ssh knows keys and host names

        def client(timeout: float, version: str) -> Any:
            made = docker.APIClient(timeout=timeout, version=version, **parameters)
            # Else REQUESTS_CA_BUNDLE comes before the engine's own CA.
            made.trust_env = False
            made.proxies.update(_proxies(made.base_url))
            return made

        # A client that finds out the version by itself asks with the environment's proxies and CA.
        with client(QUICK_SECONDS, docker.constants.DEFAULT_DOCKER_API_VERSION) as asking:
            version = asking.version(api_version=False)["ApiVersion"]
        return client(seconds, version)


def _context(environment: Mapping[str, str]) -> str:
    """The name of the docker context in use, found as the CLI finds it."""
    from docker.context.config import get_current_context_name

    return environment.get("DOCKER_CONTEXT") or get_current_context_name() or "default"


def _proxies(url: str) -> dict[str, str]:
    """The proxies for an engine's URL. Like every Go program, the docker CLI uses none for this machine itself."""
    import requests

    return {} if is_loopback(urlsplit(url).hostname or "") else requests.utils.get_environ_proxies(url)
