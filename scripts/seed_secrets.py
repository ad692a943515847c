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
from scripts.cluster import select
from scripts.core.paths import ROOT
from scripts.secret_values import ITEMS, OPENAI, Decision, decide
from scripts.stack import DATABASE_CLAIM, NAMESPACE, SECRET

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, CoreV1Api

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
    from scripts.cluster.client import connect

    ask = not args.no_prompt and sys.stdin.isatty() and sys.stderr.isatty()
    decision = seed(connect(provider), given_values(), ask=ask)
    for key, origin in decision.origins.items():
        print(f"{NAMESPACE}/{SECRET} {key}: {origin}", file=sys.stderr)
    for warning in decision.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def given_values() -> dict[str, str]:
    """What `.env` and, before it, the environment give; empty values count as not given."""
    merged: Mapping[str, str] = {**dotenv.read(ROOT / ".env"), **os.environ}
    return {item.variable: merged[item.variable] for item in ITEMS if merged.get(item.variable)}


def seed(client: ApiClient, given: dict[str, str], *, ask: bool = False) -> Decision:
    """Apply namespace and Secret by server-side apply; running it again changes nothing."""
    from kubernetes.client import CoreV1Api

    from scripts.cluster.client import APPLY, api_errors

    core = CoreV1Api(client)
    with api_errors(f"seed Secret {NAMESPACE}/{SECRET}"):
        core.patch_namespace(NAMESPACE, NAMESPACE_OBJECT, field_manager=FIELD_MANAGER, force=True, _content_type=APPLY)
        existing = _read_secret(core)
        if ask and OPENAI.variable not in given and OPENAI.key not in existing:
            given = {
                **given,
                OPENAI.variable: getpass.getpass("OpenAI API key (Enter: none, a rule-based assistant): "),
            }
        decision = decide(given, existing, database_exists=_claim_exists(core))
        if decision.values != existing:
            data = {key: base64.b64encode(value.encode()).decode() for key, value in decision.values.items()}
            body = {**SECRET_OBJECT, "data": data}
            core.patch_namespaced_secret(
                SECRET, NAMESPACE, body, field_manager=FIELD_MANAGER, force=True, _content_type=APPLY
            )
    return decision


def _read_secret(core: CoreV1Api) -> dict[str, str]:
    from kubernetes.client import ApiException

    try:
        data = core.read_namespaced_secret(SECRET, NAMESPACE).data or {}
    except ApiException as error:
        if error.status == 404:
            return {}
        raise
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def _claim_exists(core: CoreV1Api) -> bool:
    from kubernetes.client import ApiException

    try:
        core.read_namespaced_persistent_volume_claim(DATABASE_CLAIM, NAMESPACE)
    except ApiException as error:
        if error.status == 404:
            return False
        raise
    return True
