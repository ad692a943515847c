"""The database: where its data lies, when it counts as up, how it ends, and what may never change."""

from __future__ import annotations

from pathlib import PurePosixPath

from tests.chart.conftest import Render
from tests.chart.helm import CHART, Helm, Object
from tests.chart.manifests import environment, main_container, of_kind, walk

IDENTITY = {
    "app.kubernetes.io/name": "todo-stack",
    "app.kubernetes.io/instance": "todo",
    "app.kubernetes.io/component": "postgres",
}


def statefulset(objects: list[Object]) -> Object:
    (found,) = of_kind(objects, "StatefulSet")
    return dict(found["spec"])


def test_data_lies_in_a_directory_below_the_volume(default: list[Object]) -> None:
    container = main_container(default, "postgres")
    (mount,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "data"]
    directory = PurePosixPath(environment(default, container)["PGDATA"])
    assert PurePosixPath(mount) in directory.parents


def test_the_volume_is_kept_unless_the_operator_says_otherwise(default: list[Object]) -> None:
    spec = statefulset(default)
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_all_that_postgres_writes_beside_its_data_is_a_scratch_volume(default: list[Object]) -> None:
    spec = statefulset(default)["template"]["spec"]
    scratch = {volume["name"] for volume in spec["volumes"] if "emptyDir" in volume}
    mounts = spec["containers"][0]["volumeMounts"]
    writable = {mount["mountPath"] for mount in mounts if mount["name"] in scratch}
    assert writable == {"/tmp", "/var/run/postgresql", "/dev/shm"}


def test_it_counts_as_up_by_tcp_since_the_first_start_listens_on_the_socket_before(
    default: list[Object],
) -> None:
    container = main_container(default, "postgres")
    for probe in ("startupProbe", "readinessProbe"):
        command = container[probe]["exec"]["command"]
        assert command[:3] == ["pg_isready", "-h", "127.0.0.1"]


def test_it_has_two_minutes_to_write_its_last_checkpoint_and_is_told_at_once(default: list[Object]) -> None:
    spec = statefulset(default)["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 120
    assert "lifecycle" not in spec["containers"][0]


def test_the_password_is_read_from_the_file_that_is_mounted(default: list[Object]) -> None:
    container = main_container(default, "postgres")
    found = environment(default, container)
    (mount,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "password"]
    assert found["POSTGRES_PASSWORD_FILE"] == f"{mount}/postgres-password"
    assert "POSTGRES_PASSWORD" not in found


def test_the_backend_waits_for_it_and_then_migrates_with_its_own_image(default: list[Object]) -> None:
    (backend,) = [
        item["spec"]["template"]["spec"]
        for item in of_kind(default, "Deployment")
        if item["metadata"]["name"] == "todo-backend"
    ]
    wait, migrate = backend["initContainers"]
    assert wait["image"] == main_container(default, "postgres")["image"]
    assert migrate["command"] == ["alembic", "upgrade", "head"]
    assert migrate["image"] == backend["containers"][0]["image"]


def test_nothing_that_kubernetes_holds_fixed_depends_on_a_version(helm: Helm) -> None:
    copy = helm.home / "newer"
    helm.run("package", str(CHART), "--version", "9.9.9", "--app-version", "9.9.9", "-d", str(copy))
    newer = helm.render(chart=copy / "todo-stack-9.9.9.tgz")
    spec = statefulset(newer)
    assert spec["selector"]["matchLabels"] == IDENTITY
    assert "labels" not in spec["volumeClaimTemplates"][0]["metadata"]
    for item in of_kind(newer, "Deployment", "StatefulSet"):
        assert "9.9.9" not in repr(item["spec"]["selector"])
    assert statefulset(newer) == statefulset(helm.render()), "a new chart alone must not restart the database"


def test_fixed_fields_are_as_the_first_release_had_them(default: list[Object]) -> None:
    spec = statefulset(default)
    assert spec["serviceName"] == "todo-postgres"
    assert "podManagementPolicy" not in spec
    assert spec["selector"]["matchLabels"] == IDENTITY
    assert dict(walk(spec["volumeClaimTemplates"])) == {
        (0, "metadata", "name"): "data",
        (0, "spec", "accessModes", 0): "ReadWriteOnce",
        (0, "spec", "resources", "requests", "storage"): "2Gi",
    }


def test_the_storage_class_is_the_cluster_s_unless_named(render: Render) -> None:
    (claim,) = statefulset(render({"postgres": {"storage": {"className": "fast"}}}))["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"
