"""Debian's root file system as an image, from the same mirror that this machine's apt uses."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from scripts.bases.catalog import DEBIAN, MMDEBSTRAP, RECIPE, STAND_IN_FOR, SUITE, debian_recipe
from scripts.core.errors import UserError
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import prepare

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEFAULT_SOURCES = (
    f"deb http://deb.debian.org/debian {SUITE} main",
    f"deb http://deb.debian.org/debian {SUITE}-updates main",
    f"deb http://deb.debian.org/debian-security {SUITE}-security main",
)
INDEXES = ("apt-get", "indextargets", "--format", "$(ORIGIN)|$(CODENAME)|$(REPO_URI)", "Created-By: Packages")


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


def make(runner: Runner, docker: str, steps: Steps) -> None:
    """Make the image DEBIAN. Needs mmdebstrap, which is installed if we may."""
    prepare.install(runner, prepare.missing_packages(runner, prepare.ROOTFS), steps)
    lines = sources(runner)
    keyring = [f"--keyring={KEYRING}"] if KEYRING.is_file() else []
    labels = {RECIPE: debian_recipe(), STAND_IN_FOR: "debian:13"}
    changes = [f"--change=LABEL {name}={value}" for name, value in labels.items()]
    cache_dir().mkdir(parents=True, exist_ok=True)
    with steps.step(f"Make {DEBIAN} from packages") as step, tempfile.TemporaryDirectory(dir=cache_dir()) as folder:
        archive = str(Path(folder) / "rootfs.tar")
        try:
            runner.run([*MMDEBSTRAP, *keyring, SUITE, archive, *lines], on_line=step.note)
        except CommandFailed as failed:
            raise UserError(
                f"{DEBIAN} could not be made from {lines[0].split()[1]}: {_reason(failed.result.stdout)}",
                "check the network and that apt-get update works, then run this again",
            ) from None
        runner.run([docker, "import", '--change=CMD ["bash"]', *changes, archive, DEBIAN])
        step.latest = ""


def _reason(output: str) -> str:
    """The first error: those after it only tell that something failed."""
    errors = re.findall(r"^E: (.+)$", output, re.MULTILINE)
    return errors[0] if errors else (output.strip().splitlines() or ["it said nothing"])[-1]
