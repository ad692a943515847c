"""Debian's root file system as an image, which all images here start from, from the mirrors that apt uses here."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.fingerprint import fingerprint
from scripts.core.lock import exclusive
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import prepare
from scripts.docker.engine import Engine
from scripts.docker.prepare import Need

NAME = "todo-base/debian:13"
RECIPE = "todo-stack.recipe"
"""Label of an image made here: a hash of all that it was made from. If it differs, the image is made again."""
STAND_IN_FOR = "todo-stack.stand-in-for"

NEEDS = (Need("mmdebstrap", "mmdebstrap"),)
# Any user but root makes it in a user namespace.
NEEDS_OF_USERS = (*NEEDS, Need("newuidmap", "uidmap"))
NO_USER_NAMESPACE = "unable to pick chroot mode"  # as mmdebstrap puts it

SUITE = "trixie"
APT_KEEPS_NOTHING = 'APT::Keep-Downloaded-Packages "false"; Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";'
MMDEBSTRAP = (
    "mmdebstrap",
    "--variant=minbase",
    "--aptopt=Acquire::Languages none",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    # As in Debian's own image: neither what apt downloads nor its caches stay in a layer.
    f'--customize-hook=echo \'{APT_KEEPS_NOTHING}\' > "$1/etc/apt/apt.conf.d/90image"; rm -f "$1"/var/cache/apt/*.bin',
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEFAULT_SOURCES = (
    f"deb http://deb.debian.org/debian {SUITE} main",
    f"deb http://deb.debian.org/debian {SUITE}-updates main",
    f"deb http://deb.debian.org/debian-security {SUITE}-security main",
)
INDEXES = ("apt-get", "indextargets", "--format", "$(ORIGIN)|$(CODENAME)|$(REPO_URI)", "Created-By: Packages")


def recipe() -> str:
    """A hash of what the image is made from. The mirror does not count: all mirrors of Debian hold the same."""
    return fingerprint([SUITE, *MMDEBSTRAP])


def exists(engine: Engine) -> bool:
    """Whether the engine has the image of this recipe."""
    return engine.images.labels([NAME]).get(NAME, {}).get(RECIPE) == recipe()


def ensure(runner: Runner, engine: Engine, steps: Steps) -> None:
    """Have NAME in the engine. The base images and the node need it at the same time: the first to ask makes it."""
    with exclusive(cache_dir() / "debian.lock", lambda: steps.log(f"  … {NAME} is being made; waiting for it")):
        if not exists(engine):
            prepare.install(runner, missing_packages(runner), steps)
            _make(runner, engine, steps)


def missing_packages(runner: Runner) -> list[str]:
    """The packages to install first. Ubuntu has apt but not Debian's keys."""
    keys = ["debian-archive-keyring"] if runner.which("apt-get") and not KEYRING.is_file() else []
    return [*prepare.missing_packages(runner, NEEDS if os.getuid() == 0 else NEEDS_OF_USERS), *keys]


def _make(runner: Runner, engine: Engine, steps: Steps) -> None:
    lines = sources(runner)
    keyring = [f"--keyring={KEYRING}"] if KEYRING.is_file() else []
    changes = ['CMD ["bash"]', f"LABEL {RECIPE}={recipe()}", f"LABEL {STAND_IN_FOR}=debian:13"]
    with steps.step(f"Make {NAME} from packages") as step, tempfile.TemporaryDirectory(dir=cache_dir()) as folder:
        archive = Path(folder) / "rootfs.tar"
        try:
            runner.run([*MMDEBSTRAP, *keyring, SUITE, str(archive), *lines], on_line=step.note)
        except CommandFailed as failed:
            raise _failure(_reason(failed.result.stdout), lines[0].split()[1]) from None
        engine.images.load_root_filesystem(archive, NAME, changes)
        step.note("")


def _failure(reason: str, mirror: str) -> UserError:
    if NO_USER_NAMESPACE in reason:
        return UserError(
            f"{NAME} could not be made: mmdebstrap cannot make user namespaces as this user",
            "see what is missing with: mmdebstrap --unshare-helper true; for an entry in /etc/subuid and /etc/subgid, "
            "run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
        )
    return UserError(
        f"{NAME} could not be made from {mirror}: {reason}",
        "check the network and that apt-get update works, then run this again",
    )


def sources(runner: Runner) -> tuple[str, ...]:
    """sources.list lines for SUITE: this machine's own Debian mirrors where it has such, else Debian's own."""
    if runner.which("apt-get") is None:
        return DEFAULT_SOURCES
    found = {}
    for line in runner.run(INDEXES, check=False).stdout.splitlines():
        origin, codename, uri = line.split("|", 2)
        part = codename.partition("-")[2]
        if origin == "Debian" and part in ("", "updates", "security") and uri.startswith("http"):
            suite = f"{SUITE}-{part}" if part else SUITE
            found[suite] = f"deb {uri.rstrip('/')} {suite} main"
    return tuple(found[suite] for suite in sorted(found)) if SUITE in found else DEFAULT_SOURCES


def _reason(output: str) -> str:
    """The first error: those after it only say that something failed."""
    errors = re.findall(r"^E: (.+)$", output, re.MULTILINE)
    return errors[0] if errors else (output.strip().splitlines() or ["it printed nothing"])[-1]
