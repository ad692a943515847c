"""Takes the values of Secrets out of texts, before these are stored or shown."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

from scripts.core.terminal_text import plain

SHORTEST_SECRET = 6
MASK = "[secret]"


class Scrubber:
    """Masks secret values, also encoded as base64, URL-quoted or JSON-escaped. Thread-safe."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()
        self._learning = threading.Lock()

    def learn_secret(self, secret: Mapping[str, Any]) -> None:
        """Learn the values of a Kubernetes Secret, their lines, and the parts of lists like `name:value,name:value`."""
        values = [str(value) for value in (secret.get("stringData") or {}).values()]
        for value in (secret.get("data") or {}).values():
            with suppress(ValueError):  # not base64: the cluster will reject it
                values.append(base64.b64decode(str(value)).decode(errors="replace"))
        for value in values:
            self.learn((value, *value.splitlines(), *re.split("[,:]", value)))

    def learn(self, values: Iterable[str]) -> None:
        new = set[str]()
        for value in values:
            if len(value) < SHORTEST_SECRET:
                continue
            encoded = base64.b64encode(value.encode()).decode()
            urls = {quote(value, safe=""), quote(value), quote_plus(value)}
            new |= {value, encoded, encoded.rstrip("="), json.dumps(value)[1:-1], *urls}
        with self._learning:
            self._forms = tuple(sorted(new.union(self._forms), key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Without secrets and without commands to a terminal, which may also stand within a secret."""
        return self.scrub(plain(text))

    def scrub(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text
