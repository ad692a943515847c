"""`./dev restore`: replaces the data of the stack's database by those of a backup, while the app runs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scripts.cluster import api, confirm, select
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.database import server
from scripts.database.dump import MAGIC
from scripts.database.server import CONTENTS
from scripts.stack import FIELD_MANAGER, NAMESPACE, OF_RELEASE
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from scripts.kube.api import Kube

CHUNK = 1 << 20
DEADLINE_SECONDS = 300


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a backup by ./dev backup or the chart, relative to the checkout")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--older-postgres", action="store_true", help="accept a backup of an older major version")
    parser.add_argument("--namespace", default=NAMESPACE, help="the namespace of the stack (default: %(default)s)")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider or kube context (default: auto)")


def run(args: argparse.Namespace) -> int:
    file = ROOT / args.file
    try:
        size, opened = file.stat().st_size, file.open("rb")
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", "./dev backup writes backups") from None
    with opened:
        start = opened.read(CONTENTS)
        if not start.startswith(MAGIC):
            raise UserError(
                f"{file} is not a backup: pg_dump did not write it in its custom format", "choose another file"
            )
        provider, _ = select.choose(args.cluster)
        kube = api.connect(provider)
        database = server.find(kube, args.namespace)
        dump, version = database.describe(str(args.file), start)
        dump.check(str(args.file), version, older=args.older_postgres)
        where = f"cluster {provider.name}, namespace {args.namespace}"
        question = f"Replace all data of the database in {where} by those of {args.file}, made at {dump.created}?"
        if not args.yes and not confirm.agrees(question):
            return 1
        database.restore(size, pieces(start, opened))
    if restart_backend(kube, args.namespace):
        print("the database is restored and migrated, and the backend serves it")
    else:
        print("the database is restored; the backend has no pods, and migrates it when it starts")
    return 0


def pieces(start: bytes, rest: BinaryIO) -> Iterator[bytes]:
    yield start
    while piece := rest.read(CHUNK):
        yield piece


def restart_backend(kube: Kube, namespace: str) -> bool:
    """Replace the backend's pods one by one: new ones migrate what an earlier release has dumped before they serve.
    Returns whether there are any."""
    from scripts.kube.api import collection
    from scripts.kube.restart import is_rolled_out, restart

    path = collection("apps/v1", "deployments", namespace)
    query = {"labelSelector": f"{OF_RELEASE},{COMPONENT}=backend"}
    deployments = kube.call("list the Deployments of the backend", "GET", path, query=query)["items"]
    for item in deployments:
        one = f"{path}/{item['metadata']['name']}"
        restart(kube, one, FIELD_MANAGER)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not is_rolled_out(kube.call("read the backend's Deployment", "GET", one)):
            if time.monotonic() > deadline:
                what = f"the database is restored, but the backend is not ready after {DEADLINE_SECONDS} s"
                raise UserError(what, "see ./dev logs backend: was the backup made by a newer release?")
            time.sleep(0.3)
    return any(item["spec"].get("replicas", 1) for item in deployments)
