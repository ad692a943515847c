"""Debian's root file system as an image, from the mirrors that this machine's apt uses."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.core.errors import ToolMissing, UserError
from scripts.core.fingerprint import fingerprint
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker.engine import Engine

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


def recipe(packages: Sequence[str] = ()) -> str:
    """A hash of what the image is made from. The mirror does not count: all mirrors of Debian hold the same."""
    return fingerprint([SUITE, *_command(packages)])


def make(
    runner: Runner, engine: Engine, steps: Steps, name: str, packages: Sequence[str] = (), changes: Sequence[str] = ()
) -> None:
    """Make an image of SUITE with more packages than the minimum; `changes` are Dockerfile instructions."""
    lines = sources(runner)
    keyring = [f"--keyring={KEYRING}"] if KEYRING.is_file() else []
    cache_dir().mkdir(parents=True, exist_ok=True)
    with steps.step(f"Make {name} from packages") as step, tempfile.TemporaryDirectory(dir=cache_dir()) as folder:
        archive = Path(folder) / "rootfs.tar"
        try:
            runner.run([*_command(packages), *keyring, SUITE, str(archive), *lines], on_line=step.note)
        except ToolMissing:
            raise UserError("mmdebstrap is not installed", "run: apt-get install mmdebstrap") from None
        except CommandFailed as failed:
            raise UserError(
                f"{name} could not be made from {lines[0].split()[1]}: {_reason(failed.result.stdout)}",
                "check the network and that apt-get update works, then run this again",
            ) from None
        engine.images.load_root_filesystem(archive, name, changes)
        step.note("")


def labels(values: Mapping[str, str]) -> list[str]:
    """Labels as `changes`."""
    return [f"LABEL {name}={value}" for name, value in values.items()]


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


def _command(packages: Sequence[str]) -> list[str]:
    return [*MMDEBSTRAP, f"--include={','.join(packages)}"] if packages else [*MMDEBSTRAP]


def _reason(output: str) -> str:
    """The first error: those after it only say that something failed."""
    errors = re.findall(r"^E: (.+)$", output, re.MULTILINE)
    return errors[0] if errors else (output.strip().splitlines() or ["it printed nothing"])[-1]
