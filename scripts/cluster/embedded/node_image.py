"""Makes the image of the embedded node: a Debian root file system, the compiled programs and their configuration."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.core.errors import ToolMissing, UserError
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner

SUITE = "trixie"
DEFAULT_MIRROR = "http://deb.debian.org/debian"
PACKAGES = (
    "busybox-static",
    "ca-certificates",
    "conntrack",
    "containernetworking-plugins",
    "docker-registry",
    "ethtool",
    "iproute2",
    "iptables",
    "kmod",
    "mount",
    "nftables",
    "openssl",
    "runc",
    "supervisor",
)
DEBOOTSTRAP = (
    "mmdebstrap",
    "--variant=minbase",
    "--include=" + ",".join(PACKAGES),
    "--aptopt=Acquire::Languages none",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
)
PAUSE_IMAGE = "todo-node-pause:1"
CONTENTS = ("Dockerfile", "pause/Dockerfile", "rootfs")


def base_tag() -> str:
    return f"todo-node-base:{_hash([SUITE, *DEBOOTSTRAP])}"


def tag() -> str:
    """The image of this version of the project; the same content has the same tag."""
    parts = [base_tag(), node_binaries.key()]
    for name in CONTENTS:
        root = node_binaries.SOURCE / name
        for path in sorted([root, *root.rglob("*")]):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                executable = bool(path.stat().st_mode & 0o100)
                parts.append(f"{path.relative_to(node_binaries.SOURCE).as_posix()} {executable} {content}")
    return f"todo-node:{_hash(parts)}"


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def exists(runner: Runner, image: str) -> bool:
    return runner.run(["docker", "image", "inspect", "--format", "{{.Id}}", image], check=False).returncode == 0


def ensure(runner: Runner, steps: Steps) -> str:
    """The tag of the image, built if it is not there. Compiling and Debian's root file system go on side by side."""
    wanted = tag()
    if exists(runner, wanted):
        return wanted
    failed = threading.Event()

    def compiled() -> Path:
        if node_binaries.folder().is_dir():
            return node_binaries.folder()
        with steps.step("Compile Kubernetes, containerd, etcd, CoreDNS and Helm") as step:
            return node_binaries.ensure(runner, step, failed.is_set)

    with ThreadPoolExecutor(1) as beside:
        binaries = beside.submit(compiled)
        try:
            ensure_base(runner, steps)
        except BaseException:
            failed.set()  # no one should wait minutes for a compile to hear of this
            raise
        programs = binaries.result()
    with steps.step("Build the node image"), _context(programs) as context:
        pause = context / "pause"
        runner.run(["docker", "build", "--quiet", "--tag", PAUSE_IMAGE, str(pause)], env=_BUILDER)
        node = context / "node"
        runner.run(["docker", "save", "--output", str(node / "pause.tar"), PAUSE_IMAGE])
        build = ["docker", "build", "--quiet", "--build-arg", f"BASE={base_tag()}", "--tag", wanted]
        runner.run([*build, str(node)], env=_BUILDER)
    return wanted


# The base exists only inside the engine, so a builder in a container of its own could not find it.
_BUILDER = {"BUILDX_BUILDER": "default"}


@contextmanager
def _context(programs: Path) -> Iterator[Path]:
    """The two build contexts, with the programs linked in rather than copied."""
    with _scratch("node-image") as context:
        source = node_binaries.SOURCE
        shutil.copytree(source / "rootfs", context / "node" / "rootfs")
        shutil.copy(source / "Dockerfile", context / "node")
        (context / "node" / "bin").mkdir()
        for program in ("todo-node", "containerd-shim-runc-v2"):
            os.link(programs / program, context / "node" / "bin" / program)
        (context / "pause").mkdir()
        shutil.copy(source / "pause" / "Dockerfile", context / "pause")
        os.link(programs / "pause", context / "pause" / "pause")
        yield context


@contextmanager
def _scratch(purpose: str) -> Iterator[Path]:
    """A folder in the cache for the time being; what an earlier process left in it, killed perhaps, goes first."""
    folder = cache_dir() / f"{purpose}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ensure_base(runner: Runner, steps: Steps) -> None:
    """Debian with what a node needs from it, as an image."""
    image = base_tag()
    if exists(runner, image):
        return
    mirror = debian_mirror(runner)
    with steps.step(f"Make the node's Debian {SUITE}") as step, _scratch("rootfs") as folder:
        archive = folder / "rootfs.tar"
        try:
            runner.run([*DEBOOTSTRAP, SUITE, str(archive), mirror], on_line=step.note)
        except ToolMissing:
            raise UserError("mmdebstrap is not installed", "run: apt-get install mmdebstrap") from None
        except CommandFailed as failed:
            reason = _reason(failed.result.stdout)
            raise UserError(
                f"could not make the node's Debian {SUITE} from {mirror}: {reason}",
                "check the network and that apt-get update works, then run this again",
            ) from None
        step.note("")
        runner.run(["docker", "import", str(archive), image])


def debian_mirror(runner: Runner) -> str:
    """The mirror this machine's apt uses for Debian itself, else Debian's own."""
    if runner.which("apt-get") is None:
        return DEFAULT_MIRROR
    targets = ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"]
    for line in runner.run(targets, check=False).stdout.splitlines():
        origin, label, uri = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian") and uri.startswith("http"):
            return uri.rstrip("/")
    return DEFAULT_MIRROR


def _reason(output: str) -> str:
    """mmdebstrap's last line tells only that something failed; the line before that starts with E: tells what."""
    errors = re.findall(r"^E: (.+)$", output, re.MULTILINE)
    return errors[0] if errors else (output.strip().splitlines() or ["it said nothing"])[-1]


def forget_older(runner: Runner, current: str) -> None:
    """Remove images of earlier versions; the engine keeps those that a container uses."""
    listed = runner.run(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "todo-node"], check=False)
    for older in listed.stdout.split():
        if older != current:
            runner.run(["docker", "image", "rm", older], check=False)
