"""Backups: off unless asked for, made at once and on schedule by one pod, and kept when the release is gone."""

from __future__ import annotations

from tests.chart.conftest import Render
from tests.chart.helm import Object
from tests.chart.manifests import environment, main_container, name, of_kind, one, pod_templates, secret_keys

ON = {"postgres": {"backup": {"enabled": True}}}


def first_job(objects: list[Object]) -> Object:
    (found,) = of_kind(objects, "Job")
    return found


def test_they_are_off_by_default(default: list[Object]) -> None:
    assert not of_kind(default, "CronJob", "Job", "PersistentVolumeClaim")
    assert not [item for item in default if "backup" in name(item)]


def test_turning_them_on_leaves_everything_else_as_it_is(default: list[Object], render: Render) -> None:
    before = [item for item in default if item["kind"] != "Secret"]
    assert all(item in render(ON) for item in before)


def test_the_first_backup_is_the_same_as_those_on_schedule(render: Render) -> None:
    objects = render(ON)
    scheduled = one(objects, "CronJob", "todo-backup")["spec"]
    assert first_job(objects)["spec"] == scheduled["jobTemplate"]["spec"]
    assert (scheduled["schedule"], scheduled["timeZone"]) == ("30 2 * * *", "Etc/UTC")
    assert scheduled["concurrencyPolicy"] == "Forbid"


def test_a_job_whose_work_changes_is_another_job_as_kubernetes_holds_jobs_fixed(render: Render) -> None:
    names = {
        name(first_job(render(ON, values)))
        for values in (
            {},
            {"postgres": {"backup": {"schedule": "0 1 * * *"}}},
            {"postgres": {"image": {"tag": "17.9"}}},
        )
    }
    assert len(names) == 2, "a new schedule changes no job, a new image does"


def test_the_volume_outlives_the_release(render: Render) -> None:
    claim = one(render(ON), "PersistentVolumeClaim", "todo-backup")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_they_run_with_the_database_s_image_and_password(render: Render) -> None:
    objects = render(ON)
    pod = pod_templates(objects)["todo-backup"]
    (container,) = pod["spec"]["containers"]
    assert container["image"] == main_container(objects, "postgres")["image"]
    assert set(secret_keys(pod)) == {("todo-secrets", "postgres-password")}
    assert environment(objects, container) == {
        "DATABASE_URL": "postgresql://todo@postgres-service:5432/todo",
        "KEEP": "7",
    }
