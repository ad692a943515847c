"""Makes namespace and Secret for development: `./dev secrets`. Prints where values come from, never a value."""

from __future__ import annotations

import argparse
import base64
import getpass
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scripts import dotenv
from scripts.cluster import api, select
from scripts.core.paths import ROOT
from scripts.secret_values import ITEMS, OPENAI, Decision, decide
from scripts.stack import DATABASE_CLAIM, NAMESPACE, SECRET

if TYPE_CHECKING:
    from scripts.cluster.kube import Kube

FIELD_MANAGER = "todo-stack-seed-secrets"
NAMESPACE_OBJECT = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}
SECRET_OBJECT = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": SECRET, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": "todo-stack"}},
    "type": "Opaque",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--no-prompt", action="store_true", help="never ask, even in a terminal")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    ask = not args.no_prompt and sys.stdin.isatty() and sys.stderr.isatty()
    decision = seed(api.connect(provider), given_values(), ask=ask)
    for key, origin in decision.origins.items():
        print(f"{NAMESPACE}/{SECRET} {key}: {origin}", file=sys.stderr)
    for warning in decision.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def given_values() -> dict[str, str]:
    """What `.env` and, before it, the environment give; empty values count as not given."""
    merged: Mapping[str, str] = {**dotenv.read(ROOT / ".env"), **os.environ}
    return {item.variable: merged[item.variable] for item in ITEMS if merged.get(item.variable)}


def seed(kube: Kube, given: dict[str, str], *, ask: bool = False) -> Decision:
    """Apply namespace and Secret by server-side apply; running it again changes nothing."""
    from scripts.cluster.kube import collection

    kube.apply(NAMESPACE_OBJECT, FIELD_MANAGER)
    found = kube.find(f"{collection('v1', 'secrets', NAMESPACE)}/{SECRET}") or {}
    existing = {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
    if ask and OPENAI.variable not in given and OPENAI.key not in existing:
        given = {**given, OPENAI.variable: getpass.getpass("OpenAI API key (Enter: none, a rule-based assistant): ")}
    claim = kube.find(f"{collection('v1', 'persistentvolumeclaims', NAMESPACE)}/{DATABASE_CLAIM}")
    decision = decide(given, existing, database_exists=claim is not None)
    if decision.values != existing:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in decision.values.items()}
        kube.apply({**SECRET_OBJECT, "data": data}, FIELD_MANAGER)
    return decision
