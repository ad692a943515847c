"""What Helm prints after an install can be copied into a shell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.api_server import api_server, owned, stored
from tests.chart.conftest import BY_EACH_HELM
from tests.chart.helm import CHART, Helm, HelmError, Object
from tests.chart.scenarios import DATABASE_ELSEWHERE


def notes(helm: Helm, values: dict[str, Any], *present: Object, release: str = "todo") -> str:
    """What Helm says after an install into a cluster that holds `present`."""
    with api_server(*present) as url:
        where = [
            "-n",
            "todo-stack",
            "--kube-apiserver",
            url,
            "--dry-run=server",
            "--disable-openapi-validation",
        ]
        text = helm.run("install", release, str(CHART), *where, *helm.values_arguments((values,)))
    return text.partition("NOTES:\n")[2]


@BY_EACH_HELM
def test_notes_say_how_to_open_test_and_purge_this_very_release(helm: Helm) -> None:
    text = notes(helm, {}, release="mine")
    assert "minikube service frontend-service -n todo-stack --url" in text
    assert "kubectl -n todo-stack port-forward service/frontend-service 3000:3000" in text
    assert "helm test mine -n todo-stack" in text
    assert "kubectl -n todo-stack delete pvc/data-mine-postgres-0 secret/mine-secrets" in text


def test_notes_name_the_volume_of_the_backups_among_the_data(helm: Helm) -> None:
    text = notes(helm, {"postgres": {"backup": {"enabled": True}}})
    assert "delete pvc/data-todo-postgres-0 pvc/todo-backup secret/todo-secrets" in text


@BY_EACH_HELM
def test_notes_name_the_volume_of_backups_that_are_off_again_where_it_is_left(helm: Helm) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": owned("todo-backup", "todo")}
    assert "delete pvc/data-todo-postgres-0 pvc/todo-backup secret/todo-secrets" in notes(helm, {}, claim)
    assert "pvc/todo-backup" not in notes(helm, {})


def test_notes_say_that_a_volume_goes_with_the_release_where_that_is_wanted(helm: Helm) -> None:
    values: dict[str, Any] = {"postgres": {"storage": {"whenDeleted": "Delete"}}}
    text = notes(helm, values)
    assert "The database's volume is deleted when the release is uninstalled." in text
    assert "To delete what is kept after that:\n  kubectl -n todo-stack delete secret/todo-secrets\n" in text
    nothing_kept = notes(helm, {"postgres": {**values["postgres"], "existingSecret": "pg"}})
    assert "is deleted when the release is uninstalled." in nothing_kept
    assert "kubectl -n todo-stack delete" not in nothing_kept


@pytest.mark.parametrize(
    ("values", "absent"),
    [
        ({"frontend": {"service": {"type": "ClusterIP"}}}, "minikube service"),
        (DATABASE_ELSEWHERE, "delete pvc"),
        ({"postgres": {"existingSecret": "pg"}}, "secret/todo-secrets"),
        ({"backend": {"openai": {"existingSecret": "ai"}}}, "rule-based assistant answers"),
    ],
)
def test_notes_leave_out_what_does_not_apply(helm: Helm, values: dict[str, Any], absent: str) -> None:
    assert absent in notes(helm, {})
    assert absent not in notes(helm, values)


def test_notes_say_that_rules_answer_where_that_is_wanted_and_not_how_to_use_a_model(helm: Helm) -> None:
    for key in ("", "sk-given"):
        text = notes(helm, {"backend": {"assistant": "offline", "openai": {"apiKey": key}}})
        assert "A rule-based assistant answers the chat, as backend.assistant is offline." in text
        assert "create secret generic openai" not in text


@BY_EACH_HELM
def test_a_model_that_answers_alone_needs_a_key(helm: Helm) -> None:
    """The backend would not start."""
    alone = {"backend": {"assistant": "openai"}}
    refused = "backend.assistant is openai, but there is no model key; set backend.openai.existingSecret"
    for present in ([], [stored(openai_api_key="")]):
        with pytest.raises(HelmError, match=refused):
            notes(helm, alone, *present)
    assert "rule-based" not in notes(helm, alone, stored(openai_api_key="sk-kept"))
    for key in ("existingSecret", "apiKey"):
        assert "rule-based" not in notes(helm, {"backend": {"assistant": "openai", "openai": {key: "given"}}})


@BY_EACH_HELM
def test_notes_know_a_model_key_that_an_earlier_install_left(helm: Helm) -> None:
    assert "rule-based assistant answers" not in notes(helm, {}, stored(openai_api_key="sk-kept"))
    assert "rule-based assistant answers" in notes(helm, {}, stored(openai_api_key=""))


@BY_EACH_HELM
def test_notes_never_show_a_secret(helm: Helm) -> None:
    assert "sk-given" not in notes(helm, {"backend": {"openai": {"apiKey": "sk-given"}}})


def test_an_ingress_is_named_by_its_address(helm: Helm) -> None:
    values = {"ingress": {"enabled": True, "host": "todo.example.com", "tlsSecret": "tls"}}
    assert "https://todo.example.com/" in notes(helm, values)
