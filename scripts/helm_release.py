"""Whether Helm installed the stack: then it may be a production release, which development commands leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.core.errors import UserError
from scripts.stack import NAMESPACE, RELEASE

if TYPE_CHECKING:
    from scripts.kube.api import Kube


def refuse(kube: Kube, fix: str) -> None:
    """Raise UserError, which advises `fix`, if Helm has a record of the release."""
    from scripts.kube.api import collection

    path, query = collection("v1", "secrets", NAMESPACE), {"labelSelector": f"owner=helm,name={RELEASE}"}
    if kube.call(f"list the releases of Helm in {NAMESPACE}", "GET", path, query=query)["items"]:
        raise UserError(f"release {RELEASE} in namespace {NAMESPACE} was installed by helm", fix)
