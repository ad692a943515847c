"""One owner for each secret, files only, and nothing that changes unasked."""

from __future__ import annotations

import base64
import re

import pytest

from tests.chart.api_server import api_server, stored
from tests.chart.conftest import BY_EACH_HELM, Render
from tests.chart.helm import CHART, Helm, HelmError, Object, Values
from tests.chart.manifests import (
    component,
    containers,
    environment,
    main_container,
    name,
    of_kind,
    one,
    pod_templates,
    secret_keys,
)
from tests.chart.scenarios import DATABASE_ELSEWHERE, OWN_SECRETS

GIVEN = {"backend": {"jwt": {"keys": "k9:" + 40 * "j"}, "openai": {"apiKey": "sk-given"}}}


def decoded(secret: Object) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def test_an_install_alone_generates_strong_secrets(default: list[Object]) -> None:
    found = decoded(one(default, "Secret", "todo-secrets"))
    assert re.fullmatch(r"[A-Za-z0-9]{32}", found["postgres-password"])
    assert re.fullmatch(r"k1:[A-Za-z0-9]{48}", found["jwt-keys"])
    assert found["openai-api-key"] == ""


def test_the_generated_secret_outlives_the_release_as_its_database_does(default: list[Object]) -> None:
    assert one(default, "Secret", "todo-secrets")["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_given_values_are_taken(render: Render) -> None:
    found = decoded(one(render(GIVEN), "Secret", "todo-secrets"))
    assert (found["jwt-keys"], found["openai-api-key"]) == ("k9:" + 40 * "j", "sk-given")


@pytest.mark.parametrize("overlay", [OWN_SECRETS, CHART / "values-dev.yaml"], ids=["own", "development"])
def test_secrets_of_ones_own_leave_none_to_render(render: Render, overlay: dict[str, object]) -> None:
    assert not of_kind(render(overlay), "Secret")


def test_only_what_is_not_named_is_generated(render: Render) -> None:
    objects = render({"backend": {"jwt": {"existingSecret": "jwt"}}})
    assert one(objects, "Secret", "todo-secrets")["data"].keys() == {"postgres-password", "openai-api-key"}


@pytest.mark.parametrize("side", ["postgres", "backend"])
def test_database_and_backend_read_one_password_whichever_side_names_it(render: Render, side: str) -> None:
    own = {"existingSecret": "db"}
    objects = render({"postgres": own} if side == "postgres" else {"backend": {"database": own}})
    pods = pod_templates(objects)
    assert ("db", "postgres-password") in set(secret_keys(pods["todo-backend"]))
    assert list(secret_keys(pods["todo-postgres"])) == [("db", "postgres-password")]
    assert "postgres-password" not in one(objects, "Secret", "todo-secrets")["data"]


def test_the_backend_finds_its_secrets_as_files_under_the_names_of_its_settings(
    default: list[Object],
) -> None:
    pod = pod_templates(default)["todo-backend"]
    (volume,) = [each for each in pod["spec"]["volumes"] if each["name"] == "secrets"]
    paths = [item["path"] for source in volume["projected"]["sources"] for item in source["secret"]["items"]]
    assert paths == ["todo_database_password", "todo_jwt_keys", "openai_api_key"]
    # Readable by the pod's group, which fsGroup sets, and by nobody else.
    assert volume["projected"]["defaultMode"] == 0o440
    for each in [main_container(default, "backend"), *pod["spec"]["initContainers"][1:]]:
        (mount,) = [mount for mount in each["volumeMounts"] if mount["name"] == "secrets"]
        assert mount["readOnly"] is True
        assert mount["mountPath"] == environment(default, each)["TODO_SECRETS_DIR"]


def test_only_backend_database_and_its_backups_hold_secrets(objects: list[Object]) -> None:
    held = [(component(pod), {key for _, key in secret_keys(pod)}) for pod in pod_templates(objects).values()]
    assert {name for name, keys in held if keys} <= {"backend", "postgres", "backup"}
    assert all(keys == {"postgres-password"} for name, keys in held if name in ("postgres", "backup"))


def test_no_secret_stands_in_an_environment_or_a_config_map(render: Render) -> None:
    objects = render(GIVEN)
    secrets = [value for value in decoded(one(objects, "Secret", "todo-secrets")).values() if value]
    rest = [item for item in objects if item["kind"] != "Secret"]
    assert len(secrets) == 3
    assert not any(secret in repr(rest) for secret in secrets)
    for pod in pod_templates(objects).values():
        for each in containers(pod):
            assert not any("valueFrom" in item for item in each.get("env", []))
            assert not any("secretRef" in source for source in each.get("envFrom", []))


def test_a_given_secret_that_changes_restarts_the_backend_alone(render: Render) -> None:
    changed = {"backend": {"jwt": GIVEN["backend"]["jwt"], "openai": {"apiKey": "sk-changed"}}}
    before, after = (pod_templates(render(values)) for values in (GIVEN, changed))
    assert [key for key in before if before[key] != after[key]] == ["todo-backend"]


@BY_EACH_HELM
def test_rendering_again_changes_the_generated_secret_and_nothing_else(helm: Helm) -> None:
    first, second = (helm.render(again=True) for _ in range(2))
    differing = [name(one) for one, other in zip(first, second, strict=True) if one != other]
    assert differing == ["todo-secrets"]


def test_development_renders_twice_to_the_same_bytes(helm: Helm) -> None:
    first, second = (helm.template(CHART / "values-dev.yaml", again=True) for _ in range(2))
    assert first == second


def against(helm: Helm, *present: Object, values: tuple[Values, ...] = ()) -> list[Object]:
    """What Helm would apply to a cluster that holds `present`."""
    with api_server(*present) as url:
        return helm.render_against(url, *values)


@BY_EACH_HELM
def test_an_upgrade_keeps_what_was_generated_or_given_before(helm: Helm) -> None:
    present = stored(postgres_password="kept", jwt_keys="k1:kept", openai_api_key="sk-kept")
    assert one(against(helm, present), "Secret", "todo-secrets")["data"] == present["data"]


@BY_EACH_HELM
def test_a_model_key_that_was_emptied_in_the_secret_stays_away(helm: Helm) -> None:
    present = stored(postgres_password="kept", jwt_keys="k1:kept", openai_api_key="")
    assert one(against(helm, present), "Secret", "todo-secrets")["data"] == present["data"]


@BY_EACH_HELM
@pytest.mark.parametrize(("key", "reached"), [("sk-kept", True), ("", False)])
@pytest.mark.parametrize("release", ["todo", None], ids=["made by Helm", "made by somebody else"])
def test_a_model_key_in_the_secret_opens_the_way_to_the_model(
    helm: Helm, release: str | None, key: str, reached: bool
) -> None:
    present = stored(release, postgres_password="kept", jwt_keys="k1:kept", openai_api_key=key)
    policies = {name(item) for item in of_kind(against(helm, present), "NetworkPolicy")}
    assert ("todo-backend-to-model" in policies) is reached


@BY_EACH_HELM
@pytest.mark.parametrize(
    "values",
    [
        DATABASE_ELSEWHERE,
        {"postgres": {"existingSecret": "pg"}},
        {"backend": {"database": {"existingSecret": "db"}}},
        {"backend": {"jwt": {"existingSecret": "jwt"}}},
        {"backend": {"openai": {"existingSecret": "ai"}}},
    ],
    ids=["database elsewhere", "own password", "own password by the backend", "own jwt keys", "own model key"],
)
def test_a_key_that_is_no_longer_needed_stays_for_the_way_back(helm: Helm, values: Values) -> None:
    present = stored(postgres_password="kept", jwt_keys="k1:kept", openai_api_key="sk-kept")
    assert one(against(helm, present, values=(values,)), "Secret", "todo-secrets")["data"] == present["data"]


@BY_EACH_HELM
def test_a_secret_of_which_no_key_is_needed_is_left_to_its_policy(helm: Helm) -> None:
    present = stored(postgres_password="kept", jwt_keys="k1:kept", openai_api_key="sk-kept")
    assert not of_kind(against(helm, present, values=(OWN_SECRETS,)), "Secret")


@BY_EACH_HELM
def test_a_key_that_is_given_later_replaces_the_generated_one(helm: Helm) -> None:
    present = stored(postgres_password="kept", jwt_keys="k1:kept", openai_api_key="sk-kept")
    found = decoded(one(against(helm, present, values=(GIVEN,)), "Secret", "todo-secrets"))
    assert found == {"postgres-password": "kept", "jwt-keys": "k9:" + 40 * "j", "openai-api-key": "sk-given"}


@BY_EACH_HELM
def test_a_secret_that_helm_did_not_make_is_used_and_left_alone(helm: Helm) -> None:
    present = stored(None, postgres_password="theirs", jwt_keys="k1:theirs", openai_api_key="")
    objects = against(helm, present)
    assert not of_kind(objects, "Secret")
    assert ("todo-secrets", "jwt-keys") in set(secret_keys(pod_templates(objects)["todo-backend"]))


@BY_EACH_HELM
def test_a_secret_that_helm_did_not_make_must_hold_every_key(helm: Helm) -> None:
    with pytest.raises(HelmError, match="Secret todo-secrets .* was not created by Helm and has no key jwt"):
        against(helm, stored(None, postgres_password="theirs", openai_api_key=""))


@BY_EACH_HELM
def test_a_secret_that_helm_did_not_make_does_not_silently_hide_given_values(helm: Helm) -> None:
    present = stored(None, postgres_password="theirs", jwt_keys="k1:theirs", openai_api_key="")
    with pytest.raises(HelmError, match="would override the values backend.jwt.keys"):
        against(helm, present, values=(GIVEN,))


@BY_EACH_HELM
def test_a_service_of_another_release_is_named_before_anything_is_applied(helm: Helm) -> None:
    taken = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "mcp-service",
            "namespace": "todo-stack",
            "annotations": {"meta.helm.sh/release-name": "other"},
        },
    }
    with pytest.raises(HelmError, match="belongs to release other; set mcpServer.service.name"):
        against(helm, taken)
