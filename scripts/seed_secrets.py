"""`./dev secrets`: creates the namespace and the development Secret. Prints where values come from, never a value."""

from __future__ import annotations

import argparse
import base64
import getpass
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scripts import dotenv, helm_release, stack
from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.secret_values import ITEMS, OPENAI, Decision, decide
from scripts.stack import DATABASE_CLAIM, NAMESPACE, READS_SECRET, SECRET

if TYPE_CHECKING:
    from scripts.kube.api import Kube

# Its own since the first release: by another name, keys that are removed would stay in the Secrets of older clusters.
FIELD_MANAGER = f"{stack.FIELD_MANAGER}-seed-secrets"
HTTP_CONFLICT = 409
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
    parser.add_argument("--no-prompt", action="store_true", help="never prompt, even in a terminal")
    parser.add_argument(
        "--forget-openai-key", action="store_true", help="remove the model key; the rule-based assistant answers again"
    )


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    kube = api.connect(provider)
    # The Tiltfile runs this before it builds: neither loop replaces what operators have installed.
    helm_release.refuse(kube, "development needs another cluster, or helm uninstall first; see docs/operations.md")
    given = given_values()
    if args.forget_openai_key:
        if OPENAI.variable in given:
            what = f"{OPENAI.variable} is set in .env or the environment, so the next ./dev up would add it again"
            raise UserError(what, "remove it there first")
        given[OPENAI.variable] = ""
    ask = not args.no_prompt and sys.stdin.isatty() and sys.stderr.isatty()
    decision, restarted = seed(kube, given, ask=ask)
    for key, origin in decision.origins.items():
        print(f"{NAMESPACE}/{SECRET} {key}: {origin}", file=sys.stderr)
    for warning in decision.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if restarted:
        print(f"Deployment {NAMESPACE}/{READS_SECRET} restarts to use the new values", file=sys.stderr)
    return 0


def given_values() -> dict[str, str]:
    """The values set in the environment or else in `.env`; empty ones are ignored."""
    given: dict[str, str] = {}
    sources: tuple[Mapping[str, str], ...] = (dotenv.read(ROOT / ".env"), os.environ)
    for source in sources:
        given |= {item.variable: source[item.variable] for item in ITEMS if source.get(item.variable)}
    return given


def seed(kube: Kube, given: dict[str, str], *, ask: bool = False) -> tuple[Decision, bool]:
    """Apply namespace and Secret; idempotent. An empty value in `given` removes the existing one.

    Also returns whether a running backend was restarted: it reads the Secret only when it starts.
    """
    from scripts.kube.api import collection
    from scripts.kube.errors import ApiError

    kube.apply(NAMESPACE_OBJECT, FIELD_MANAGER)
    secrets = collection("v1", "secrets", NAMESPACE)
    found = kube.find(f"{secrets}/{SECRET}")
    existing = _texts((found or {}).get("data") or {})
    if ask and OPENAI.variable not in given and OPENAI.key not in existing:
        given = {**given, OPENAI.variable: getpass.getpass("OpenAI API key (Enter: none, use rules instead): ")}
    claim = kube.find(f"{collection('v1', 'persistentvolumeclaims', NAMESPACE)}/{DATABASE_CLAIM}")
    decision = decide(given, existing, database_exists=claim is not None)
    if decision.values == {item.key: existing[item.key] for item in ITEMS if item.key in existing}:
        return decision, False  # keys that others have added stay, and are no reason to restart
    data = {key: base64.b64encode(value.encode()).decode() for key, value in decision.values.items()}
    secret = {**SECRET_OBJECT, "data": data}
    if found is not None:
        kube.apply(secret, FIELD_MANAGER)
        return decision, _restart(kube)
    try:
        # Create, not apply: of two concurrent first runs, the second must not replace the password of the first.
        kube.call(f"create Secret {SECRET}", "POST", secrets, query={"fieldManager": FIELD_MANAGER}, body=secret)
    except ApiError as error:
        if error.status != HTTP_CONFLICT:
            raise
        return seed(kube, given)
    return decision, False


def _texts(data: Mapping[str, str]) -> dict[str, str]:
    try:
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    except UnicodeDecodeError:
        raise UserError(
            f"Secret {NAMESPACE}/{SECRET} contains binary data, so ./dev did not create it",
            f"see: kubectl describe secret {SECRET} -n {NAMESPACE}",
        ) from None


def _restart(kube: Kube) -> bool:
    """Restart the Deployment that reads the Secret by a rolling update; False if it does not exist."""
    from scripts.kube.api import collection
    from scripts.kube.restart import restart

    path = f"{collection('apps/v1', 'deployments', NAMESPACE)}/{READS_SECRET}"
    if kube.find(path) is None:
        return False
    restart(kube, path, FIELD_MANAGER)
    return True
