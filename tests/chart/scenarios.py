"""Sets of values that together reach every branch of the templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.chart.helm import CHART, Values

EVERYTHING: dict[str, Any] = {
    "global": {
        "imageRegistry": "registry.example.com",
        "imagePullSecrets": [{"name": "pull"}],
        "clusterDomain": "k8s.example",
        "ofAnotherChart": {"is": "let through"},
    },
    "enabled": True,
    "backend": {
        "replicaCount": 3,
        "service": {"type": "NodePort", "nodePort": 30301},
        "openai": {"baseUrl": "http://models:11434/v1", "model": "small", "apiKey": "sk-test"},
        "jwt": {"keys": "k1:" + 40 * "a"},
        "extraEnv": {"OTEL_SERVICE_NAME": "backend"},
        "podAnnotations": {"example.com/note": "one"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}],
        "priorityClassName": "important",
    },
    "mcpServer": {
        "service": {"type": "LoadBalancer", "nodePort": 30302},
        "autoscaling": {"enabled": True},
        "allowedHosts": ["mcp.example.com"],
        "extraEnv": {"OTEL_SERVICE_NAME": "mcp"},
    },
    "frontend": {
        "autoscaling": {"enabled": True, "minReplicas": 1},
        "extraEnv": {"OTEL_SERVICE_NAME": "web"},
    },
    "postgres": {
        "image": {"registry": "mirror.example.com", "repository": "library/postgres"},
        "storage": {"className": "fast", "whenDeleted": "Delete"},
        "backup": {"enabled": True, "storage": {"className": "slow"}},
        "podAnnotations": {"example.com/note": "one"},
    },
    "telemetry": {"otlpEndpoint": "http://collector.monitoring:4318"},
    "metrics": {"enabled": True, "scrapers": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]},
    "ingress": {
        "enabled": True,
        "className": "any",
        "annotations": {"example.com/note": "one"},
        "host": "todo.example.com",
        "tlsSecret": "tls",
    },
}

OWN_SECRETS: dict[str, Any] = {
    "backend": {
        "database": {"existingSecret": "db"},
        "openai": {"existingSecret": "ai"},
        "jwt": {"existingSecret": "jwt"},
    },
    "postgres": {"existingSecret": "pg"},
}

DATABASE_ELSEWHERE: dict[str, Any] = {
    "postgres": {"enabled": False},
    "backend": {"database": {"url": "postgresql+psycopg://todo@db.example.com:6432/todo", "existingSecret": "db"}},
}

SCENARIOS: dict[str, tuple[Values | Path, ...]] = {
    "default": (),
    "development": (CHART / "values-dev.yaml",),
    "everything": (EVERYTHING,),
    "own secrets": (OWN_SECRETS,),
    "database elsewhere": (DATABASE_ELSEWHERE,),
    "no policies": ({"networkPolicy": {"enabled": False}},),
}
