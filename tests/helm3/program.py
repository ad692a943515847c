"""Compiles Helm 3 once per version."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.core.lock import exclusive
from scripts.core.paths import cache_dir
from scripts.core.runner import CommandFailed, Runner

SOURCE = Path(__file__).parent
MODULE = "helm.sh/helm/v3"


def ensure(runner: Runner) -> Path:
    """The program, compiled if it is not in the cache: some minutes on 2 cores."""
    go_mod = (SOURCE / "go.mod").read_text()
    version = node_binaries.versions(go_mod)[MODULE]
    digest = hashlib.sha256(b"\0".join((SOURCE / name).read_bytes() for name in ("go.mod", "go.sum"))).hexdigest()[:12]
    program = cache_dir() / "tools" / f"helm-{version}-{digest}"
    with exclusive(program.with_name(".helm3.lock"), lambda: None):
        if not program.exists():
            partial = program.with_name(f"{program.name}.partial")
            linker = f"-ldflags=-s -w -X {MODULE}/internal/version.version={version}"
            flags = ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", linker]
            build = [node_binaries.find_go(runner, go_mod), "build", *flags, "-o", str(partial), f"{MODULE}/cmd/helm"]
            compile_cache = cache_dir() / "go-build-helm3"
            try:
                runner.run(build, cwd=SOURCE, env=node_binaries.go_environment(compile_cache))
            except CommandFailed as failed:
                raise node_binaries.explain(failed, "Helm 3", SOURCE) from None
            partial.rename(program)
            shutil.rmtree(compile_cache, ignore_errors=True)  # of no use until the next version
    return program
