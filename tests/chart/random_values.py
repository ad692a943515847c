"""Random values that the chart accepts: any leaf of the schema may be set, to anything that its rules allow."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from tests.chart.values import COMPONENTS, SCHEMA, followed, free_keys, merged

NAMES = ["a", "one", "4921873", "1e3", "true", "null", "0x1f", "2024-01-01", "example.com", 52 * "n"]
TEXTS = [
    "",
    "~",
    "no",
    "1.10",
    "0777",
    "two words",
    "quotes \" and ' and \\",
    "# {{ braces }}",
    "ä – ✓",
    "a: b",
    "line\nbreak",
]
SECRETS = ["", "", "own", "4921873", "true", "a.b"]
REGISTRIES = ["", "", "registry.example.com", "registry.example.com:5000/team", "10.0.0.1:5000"]

RATES = ["1/second", "20/minute", "999999/day"]

# What a leaf may be, by the end of its path; leaves that are not here are made from their schema alone.
CHOICES: dict[str, list[Any]] = {
    "fullnameOverride": ["", "mine", "null", 60 * "f"],
    "clusterDomain": ["cluster.local", "k8s.example", "1e3"],
    "service.name": ["a", "true", "null", "no", 63 * "s", "y-1"],
    "nodePort": ["", 30000, 30300, 30301, 32767],
    "rateLimits.account": RATES,
    "rateLimits.address": RATES,
    "rateLimits.chat": RATES,
    "tag": ["", "1", "0x1f", "1.0", "4921873", 4921873, True, "sha-1e3"],
    "repository": ["app", "library/app", "a/b-c/d__e"],
    "digest": ["", "", "sha256:" + 64 * "0"],
    "registry": REGISTRIES,
    "imageRegistry": REGISTRIES,
    "existingSecret": [*SECRETS, 4921873],
    "tlsSecret": SECRETS,
    "imagePullSecrets.0.name": SECRETS[2:],
    "className": ["", "fast", "1e3", 7],
    "priorityClassName": ["", "important", "1e3", False],
    "host": ["", "todo.example.com", "*.example.com", "1e3"],
    "allowedHosts.0": ["mcp.example.com", "10.0.0.1:8080", "[::1]", "null"],
    "keys": ["", "k1:" + 40 * "a", f"k1:{40 * '='},1e3:{32 * 'b'}"],
    "apiKey": ["", "sk-1", "a,b=c", "1e3"],
    "otlpEndpoint": ["", "http://collector.monitoring:4318", "https://[::1]/otlp"],
    "baseUrl": ["", "http://models:11434/v1", "https://[::1]/v1"],
    "url": ["postgresql://db/todo", "postgresql+psycopg://todo@h1:1,[::1]:2,h3/todo?sslmode=require"],
    # Requests are at most any limit, and so are those of values.yaml.
    "requests.cpu": ["0", "250m", "0.5"],
    "requests.memory": ["128Mi", "0.1Gi", "134217728"],
    "requests.ephemeral-storage": ["64Mi", "100M"],
    "limits.cpu": ["1", "500m", "0.5"],
    "limits.memory": ["512Mi", "1Gi", "1.5Gi", "536870912"],
    "limits.ephemeral-storage": ["1Gi", "100M"],
    "size": ["1Gi", "20G"],
    "schedule": ["@daily", "30 2 * * *", "*/5 1-3 * JAN mon,TUE"],
    "tmpSize": ["16Mi", "1Gi"],
    "tolerations": [
        [],
        [{"operator": "Exists"}, {"key": "1e3", "operator": "Equal", "value": "null", "effect": "PreferNoSchedule"}],
        [{"key": "y", "value": "true", "effect": "NoExecute", "tolerationSeconds": 60}],
    ],
    "cidr": ["10.0.0.0/8", "fd00::/8"],
    "except.0": ["10.1.0.0/16"],
}
FREE_KEYS = ["one", "example.com/two", "true", "1e3", "null"]
VARIABLES = ["OTEL_SERVICE_NAME", "null", "True", "_1e3", "y"]

# Who may know the address of a client, and what has to be so for that.
CLIENT_ADDRESSES: list[dict[str, Any]] = [
    {"backend": {"rateLimits": {"clientAddress": "nobody"}}},
    {
        "backend": {"rateLimits": {"clientAddress": "frontend"}, "service": {"type": "ClusterIP"}},
        "frontend": {"service": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}},
        "ingress": {"enabled": False},
    },
    {
        "backend": {"rateLimits": {"clientAddress": "ingress"}, "service": {"type": "ClusterIP"}},
        "frontend": {"service": {"type": "ClusterIP"}},
        "ingress": {"enabled": True},
    },
]


def random_values(random: Random) -> dict[str, Any]:
    """Values that neither the schema nor the rules between values refuse."""
    values: dict[str, Any] = _value(random, SCHEMA, "")
    for key, section in values.items():
        scaling = section.get("autoscaling", {}) if isinstance(section, dict) else {}
        if scaling:
            least, most = sorted((scaling.get("minReplicas", 2), scaling.get("maxReplicas", 4)))
            values[key] = merged(section, {"autoscaling": {"minReplicas": least, "maxReplicas": most}})
    return _without_clashes(random, values)


def _without_clashes(random: Random, values: dict[str, Any]) -> dict[str, Any]:
    """Services get names and node ports of their own, the database is in one place, and a model alone has a key."""
    elsewhere = random.random() < 0.3
    url = random.choice(CHOICES["url"]) if elsewhere else ""
    apart: dict[str, Any] = {"postgres": {"enabled": not elsewhere}, "backend": {"database": {"url": url}}}
    if values.get("backend", {}).get("assistant") == "openai":
        apart = merged(apart, {"backend": {"openai": {"apiKey": "sk-1"}}})
    if elsewhere:
        apart = merged(apart, {"postgres": {"backup": {"enabled": False}}})
    names = random.sample(CHOICES["service.name"], len(COMPONENTS) + 1)
    ports = random.sample(range(30000, 32768), len(COMPONENTS))
    for key, name in zip((*COMPONENTS, "postgres"), names, strict=True):
        apart = merged(apart, {key: {"service": {"name": name}}})
    for key, port in zip(COMPONENTS, ports, strict=True):
        apart = merged(apart, {key: {"service": {"nodePort": random.choice(["", port])}}})
    return merged(values, merged(apart, random.choice(CLIENT_ADDRESSES)))


def _value(random: Random, node: Mapping[str, Any], path: str) -> Any:
    """A value for one place of the schema; mappings have some of their keys."""
    node = followed(node)
    for end, choices in CHOICES.items():
        if path == end or path.endswith(f".{end}"):
            return random.choice(choices)
    if "enum" in node:
        return random.choice(node["enum"])
    if "properties" in node:
        return _mapping(random, node, path)
    kinds = [node["type"]] if isinstance(node["type"], str) else node["type"]
    match random.choice(kinds):
        case "object":
            keys = VARIABLES if path.endswith("extraEnv") else FREE_KEYS
            inner = free_keys(node) or {}
            chosen = random.sample(keys, random.randrange(3))
            return {key: _value(random, inner, f"{path}.{key}") for key in chosen}
        case "array":
            length = random.randint(node.get("minItems", 0), 2)
            return [_value(random, node["items"], f"{path}.0") for _ in range(length)]
        case "boolean":
            return random.random() < 0.5
        case "integer":
            low = node.get("minimum", 0)
            return random.choice([low, min(low + 3, node.get("maximum", low + 3)), node.get("maximum", low + 9)])
        case _:
            return random.choice(NAMES if "pattern" in node else TEXTS)


def _mapping(random: Random, node: Mapping[str, Any], path: str) -> dict[str, Any]:
    needed = set(node.get("required", ())) if ".0" in path else set()
    chosen = [key for key in node["properties"] if key in needed or random.random() < 0.5]
    while len(chosen) < node.get("minProperties", 0):
        chosen = [random.choice(list(node["properties"]))]
    return {key: _value(random, node["properties"][key], f"{path}.{key}".lstrip(".")) for key in chosen}
