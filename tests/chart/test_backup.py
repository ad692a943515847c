"""Backups: off unless asked for, made at once and on schedule by one pod, and kept when the release is gone."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from scripts.stack import BACKUP_CLAIM
from tests.chart.conftest import Render
from tests.chart.helm import CHART, Object
from tests.chart.manifests import environment, main_container, name, of_kind, one, pod_templates, secret_keys

ON = {"postgres": {"backup": {"enabled": True}}}
PROGRAMS = {
    "pg_isready": "exit 0",
    # Writes the second half once the file named by GO is there.
    "pg_dump": """
        for argument; do case $argument in --file=*) file=${argument#--file=} ;; esac; done
        exec 3> "$file"
        echo half >&3
        until [ -e "$GO" ]; do sleep 0.01; done
        echo whole >&3""",
    "pg_restore": 'grep -q whole "$2"',
}


class Machine:
    """Runs the script of a backup in a folder, with programs that stand in for those of PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, go: str) -> subprocess.Popen[bytes]:
        """The dump ends once the folder has a file of that name."""
        script = (CHART / "files/backup.sh").read_text()
        for path, ours in (
            ("/run/secrets/postgres/postgres-password", "password"),
            ("/tmp/pgpass", f"pgpass-{go}"),
            ("/backups", "backups"),
        ):
            assert path in script
            script = script.replace(path, str(self.folder / ours))
        env = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DATABASE_URL": "postgresql://todo@postgres-service:5432/todo",
            "KEEP": "7",
            "GO": str(self.folder / go),
        }
        return subprocess.Popen(["sh", "-c", script], env=env)

    def files(self, pattern: str) -> list[Path]:
        return list((self.folder / "backups").glob(pattern))


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
    claim = one(render(ON), "PersistentVolumeClaim", BACKUP_CLAIM)
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


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    for program, script in PROGRAMS.items():
        file = tmp_path / "bin" / program
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    (tmp_path / "password").write_text("secret")
    (tmp_path / "backups").mkdir()
    return Machine(tmp_path)


def test_backups_at_the_same_time_leave_each_other_alone(machine: Machine) -> None:
    """As that which the chart makes at once, and one made by hand right after."""
    slow = machine.start("later")
    deadline = time.monotonic() + 60
    while not any("half" in file.read_text() for file in machine.files("*.part*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (machine.folder / "now").touch()
    assert machine.start("now").wait(60) == 0
    (machine.folder / "later").touch()
    assert slow.wait(60) == 0
    assert {file.read_text() for file in machine.files("*")} == {"half\nwhole\n"}


def test_what_a_stopped_backup_left_is_removed_once_none_can_be_at_work_on_it(machine: Machine) -> None:
    for left, minutes in (("todo-1.dump.part.x", 61), ("todo-2.dump.part", 90), ("todo-3.dump.part.x", 30)):
        file = machine.folder / "backups" / left
        file.touch()
        os.utime(file, (0, time.time() - 60 * minutes))
    (machine.folder / "now").touch()
    assert machine.start("now").wait(60) == 0
    assert [file.name for file in machine.files("*.part*")] == ["todo-3.dump.part.x"]
