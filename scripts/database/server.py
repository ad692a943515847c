"""The PostgreSQL of a deployed stack, used through its pod: no port and no password is needed for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scripts.core.errors import UserError
from scripts.database.dump import Dump, read
from scripts.stack import OF_RELEASE
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from scripts.kube.api import Kube
    from scripts.kube.exec import Executed

SECONDS = 3600
OWNER = "--username=todo --dbname=todo"
# A dump begins with its table of contents, and this much of it has all of that.
CONTENTS = 4 << 20

DUMP = f"exec pg_dump {OWNER} --format=custom --lock-wait-timeout=60s"
# In both the input has $1 bytes, and is read to its end also where that fails: otherwise the connection would break
# before the reason has come.
DESCRIBE = f"""
head -c "$1" | {{ pg_restore --list; status=$?; cat > /dev/null; exit $status; }} &&
    psql --no-psqlrc --no-align --tuples-only {OWNER} --command='SHOW server_version_num'
"""
# In one transaction, which ends with the connection unless pg_restore has read the whole dump.
RESTORE = f"""
head -c "$1" | {{
    {{
        echo "BEGIN; SET LOCAL lock_timeout = '60s'; SET LOCAL client_min_messages = warning;"
        echo "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        pg_restore --file=- --no-owner --no-privileges && printf 'COMMIT;\\n\\\\echo restored\\n'
    }} | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --output=/dev/null {OWNER}
    status=$?; cat > /dev/null; exit $status
}}
"""
EMPTY = f"""
exec psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 {OWNER} \\
    --command="SET lock_timeout = '60s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
"""

# What to do about errors of PostgreSQL that have nothing to do with what was asked of it.
CURES = {
    "lock timeout": "another session held a lock for a minute: try again later",
    "No space left on device": "make space on the volume of the database, then try again",
}


class Server:
    """The database in one pod."""

    def __init__(self, kube: Kube, namespace: str, pod: str) -> None:
        self._kube, self._namespace, self._pod = kube, namespace, pod

    def dump(self, write: Callable[[bytes], object]) -> None:
        """Give a dump to `write`, piece by piece. Raises UserError if it did not become whole."""
        done = self._run(DUMP, 0, (), write)
        if done.status:
            reason = _reason(done)
            raise UserError(f"the database was not backed up: {reason}", _cure(reason, "see ./dev logs postgres"))

    def describe(self, name: str, start: bytes) -> tuple[Dump, int]:
        """What a dump is of, by its first CONTENTS bytes, and the major version of the server."""
        output = bytearray()
        done = self._run(DESCRIBE, len(start), [start], output.extend)
        if done.status:
            raise UserError(f"{name} cannot be read as a dump: {_reason(done)}", "choose another file")
        listing, _, version = output.decode(errors="replace").rstrip().rpartition("\n")
        return read(listing), int(version) // 10_000

    def restore(self, size: int, chunks: Iterable[bytes]) -> None:
        """Replace all data by those of a dump, or leave them as they are and raise UserError; that says so if the
        connection broke, after which nobody here knows which of the two has happened."""
        output = bytearray()
        done = self._run(RESTORE, size, chunks, output.extend)
        if b"restored" in output:
            return
        reason = _reason(done)
        if done.status < 0:
            what = f"the database may be restored or as before, as the end was not seen: {reason}"
            raise UserError(what, "restore the same backup again")
        what = f"the database was not restored, and is as before: {reason}"
        raise UserError(what, _cure(reason, "try another backup"))

    def empty(self) -> None:
        """Delete all data, and every table; or leave them as they are and raise UserError, which says so if the
        connection broke: psql may then still wait for a lock in the pod, and delete them once it has it."""
        done = self._run(EMPTY, 0, (), bytes)
        reason = _reason(done)
        if done.status < 0:
            what = f"the database may be emptied, now or later, as the end was not seen: {reason}"
            raise UserError(what, "run this again before you add data")
        if done.status:
            raise UserError(f"the database was not emptied: {reason}", _cure(reason, "see ./dev logs postgres"))

    def _run(self, script: str, size: int, chunks: Iterable[bytes], write: Callable[[bytes], object]) -> Executed:
        from scripts.kube.exec import transfer

        opened = self._kube.open_exec(self._namespace, self._pod, "postgres", ["sh", "-c", script, "sh", str(size)])
        return transfer(opened, chunks, write, SECONDS)


def find(kube: Kube, namespace: str) -> Server:
    """The running database of the stack in a namespace. Raises UserError without one."""
    from scripts.kube.api import collection

    query = {"labelSelector": f"{OF_RELEASE},{COMPONENT}=postgres"}
    pods = kube.call("list the pods of postgres", "GET", collection("v1", "pods", namespace), query=query)["items"]
    running = [pod["metadata"]["name"] for pod in pods if pod["status"].get("phase") == "Running"]
    if not running:
        raise UserError(f"no PostgreSQL runs in namespace {namespace}", "start the stack: ./dev up")
    return Server(kube, namespace, running[0])


def _reason(done: Executed) -> str:
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [f"it ended with status {done.status}"])[0].strip()


def _cure(reason: str, otherwise: str) -> str:
    return next((cure for words, cure in CURES.items() if words in reason), otherwise)
