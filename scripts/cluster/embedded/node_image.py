"""Makes the image of the embedded node: a Debian root file system, the compiled programs and their configuration."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.cluster.embedded.background_compile import BackgroundCompile
from scripts.core.fingerprint import fingerprint, of_files
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import debian
from scripts.docker.build import Spec, build, ca_secret
from scripts.docker.engine import Engine

PACKAGES = "packages/Dockerfile"
PAUSE_IMAGE = "todo-node-pause:1"
CONTENTS = ("Dockerfile", "pause/Dockerfile", "rootfs")


def base_tag() -> str:
    """Debian with the packages that the node needs."""
    source = node_binaries.SOURCE
    return f"todo-node-base:{fingerprint([debian.recipe(), *of_files(source / PACKAGES, source)])}"


def tag() -> str:
    """The image of this version of the project; the same content has the same tag."""
    source = node_binaries.SOURCE
    files = [part for name in CONTENTS for part in of_files(source / name, source)]
    return f"todo-node:{fingerprint([base_tag(), node_binaries.key(), *files])}"


def ensure(runner: Runner, engine: Engine, steps: Steps, compiling: BackgroundCompile) -> str:
    """The tag of the image, built if it does not exist. Compiling runs beside making Debian's root file system."""
    wanted = tag()
    if engine.images.id(wanted):
        return wanted
    binaries = compiling.begin(steps)
    try:
        ensure_base(runner, engine, steps)
    except BaseException:
        compiling.cancel()  # the failure is reported now, not after minutes of compiling
        raise
    programs = binaries.result()
    with steps.step("Build the node image"), _context(programs) as context:
        pause, node = context / "pause", context / "node"
        fix = "run this again; if it fails again, please report it"
        build(runner, engine, Spec(pause, tag=PAUSE_IMAGE), PAUSE_IMAGE, fix)
        engine.images.save(PAUSE_IMAGE, node / "pause.tar")
        build(runner, engine, Spec(node, tag=wanted, args={"BASE": base_tag()}), "the node image", fix)
    return wanted


def needs_debian(engine: Engine | None) -> bool:
    """Whether `ensure` would make Debian's root file system. Without an engine that answers there are no images yet."""
    if engine is None:
        return True
    return not (engine.images.id(tag()) or engine.images.id(base_tag()) or debian.exists(engine))


def ensure_base(runner: Runner, engine: Engine, steps: Steps) -> None:
    """Have `base_tag()` in the engine."""
    if engine.images.id(base_tag()):
        return
    debian.ensure(runner, engine, steps)
    with steps.step("Install the node's Debian packages") as step:
        folder = (node_binaries.SOURCE / PACKAGES).parent
        spec = Spec(folder, tag=base_tag(), args={"DEBIAN_BASE": debian.NAME}, secrets=ca_secret())
        fix = "check that this machine reaches its Debian mirror, then run this again"
        build(runner, engine, spec, "the node's base image", fix, step.note)
        step.note("")


@contextmanager
def _context(programs: Path) -> Iterator[Path]:
    """The two build contexts, with the programs linked in rather than copied."""
    context = cache_dir() / "node-image.partial"
    shutil.rmtree(context, ignore_errors=True)  # left by a process that was killed
    context.mkdir(parents=True)
    try:
        source = node_binaries.SOURCE
        _copy_readable(source / "rootfs", context / "node" / "rootfs")
        shutil.copy(source / "Dockerfile", context / "node")
        (context / "node" / "bin").mkdir()
        for program in node_binaries.NODE_PROGRAMS:
            os.link(programs / program, context / "node" / "bin" / program)
        (context / "pause").mkdir()
        shutil.copy(source / "pause" / "Dockerfile", context / "pause")
        os.link(programs / "pause", context / "pause" / "pause")
        yield context
    finally:
        shutil.rmtree(context, ignore_errors=True)


def _copy_readable(source: Path, target: Path) -> None:
    """Copy a tree with modes that depend on the executable bit only, not on the umask of the checkout."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def forget_older(engine: Engine, current: str) -> None:
    """Remove images of earlier versions; the engine keeps those that a container uses."""
    for older in engine.images.tags("todo-node"):
        if older != current:
            engine.images.remove(older)
