"""Image builds with BuildKit: the one place that runs `docker build`, and the reason when one fails."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.causes import join_causes
from scripts.core.certificates import ca_bundle
from scripts.core.errors import UserError
from scripts.core.runner import CommandFailed, Runner
from scripts.docker.engine import Engine

# Base images exist only in the engine, and images must end up there: not in a builder with a container of its own.
BUILDER = {"DOCKER_BUILDKIT": "1", "BUILDX_BUILDER": "default"}

_LINE = re.compile(r"^#(\d+) (?:\d+\.\d+ )?(.*)$")
_PLACE = re.compile(r"^\S*Dockerfile\S*:(\d+)$")
_STAGE = re.compile(r"^\[[^\]]*\] ")


@dataclass(frozen=True)
class Spec:
    """What `docker build` is asked for. `secrets` are values of --secret; without a tag the image has only an id."""

    context: Path
    dockerfile: Path | None = None
    target: str = ""
    tag: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()

    def argv(self, cli: str, id_file: Path) -> list[str]:
        argv = [cli, "build", "--progress=plain", "--iidfile", str(id_file)]
        argv += ["--file", str(self.dockerfile)] if self.dockerfile else []
        argv += ["--target", self.target] if self.target else []
        argv += ["--tag", self.tag] if self.tag else []
        argv += [word for name, value in self.args.items() for word in ("--build-arg", f"{name}={value}")]
        argv += [word for name, value in self.labels.items() for word in ("--label", f"{name}={value}")]
        argv += [word for secret in self.secrets for word in ("--secret", secret)]
        return [*argv, str(self.context)]


def build(
    runner: Runner, engine: Engine, spec: Spec, what: str, fix: str, on_line: Callable[[str], object] | None = None
) -> str:
    """Build an image in the engine and return its id. UserError: "the build of `what` failed", why, and `fix`."""
    lines: list[str] = []

    def collect(line: str) -> None:
        lines.append(line)
        if on_line:
            on_line(line)

    with tempfile.TemporaryDirectory() as scratch:
        id_file = Path(scratch) / "id"
        try:
            runner.run(spec.argv(engine.cli, id_file), env={**engine.env, **BUILDER}, on_line=collect)
        except CommandFailed:
            dockerfile = spec.dockerfile or spec.context / "Dockerfile"
            raise UserError(f"the build of {what} failed: {failure(lines, _text(dockerfile))}", fix) from None
        return id_file.read_text().strip()


def ca_secret() -> list[str]:
    """The machine's CA bundle as a build secret, which stays in no layer."""
    return [f"id=ca,src={bundle}"] if (bundle := ca_bundle()) else []


@dataclass
class Step:
    """One numbered step in BuildKit's plain output; `error` is BuildKit's own message if it failed."""

    number: int
    instruction: str = ""
    output: list[str] = field(default_factory=list)
    error: str = ""


def parse(lines: Sequence[str]) -> list[Step]:
    """The steps, in the order of their first line. Steps that run side by side interleave, with repeated headings."""
    steps: dict[int, Step] = {}
    for line in lines:
        if (found := _LINE.match(line)) is None or not (text := found[2].strip()):
            continue
        step = steps.setdefault(int(found[1]), Step(int(found[1])))
        if text.startswith("ERROR: ") and step.instruction and line.startswith(f"#{found[1]} ERROR"):
            step.error = text.removeprefix("ERROR: ")
        elif not step.instruction:
            step.instruction = text
        elif text not in (step.instruction, "...", "CACHED") and not text.startswith("sha256:"):
            step.output.append(text)
    return list(steps.values())


def failure(lines: Sequence[str], dockerfile: str) -> str:
    """Why a build failed: the place in the Dockerfile, if it is known, and what the failed step printed."""
    step = next((step for step in parse(lines) if step.error), None)
    if step is None:
        plain = [text for line in lines if (text := _LINE.sub(r"\2", line).strip())]
        return _reason(plain) or "no output"
    # BuildKit since 0.10 prints the line; for older ones the instruction is looked up in the Dockerfile.
    printed = next((found[1] for line in reversed(lines) if (found := _PLACE.match(line.strip()))), "")
    line = printed or line_of(dockerfile, _STAGE.sub("", step.instruction))
    reason = _reason(step.output) or step.error
    return f"Dockerfile:{line}: {reason}" if line else reason


def _reason(output: Sequence[str]) -> str:
    """The line that names the error: apt's first, as its later ones only follow from that; else the last such line."""
    apt = [text for text in output if text.startswith("E: ")]
    errors = [text for text in join_causes(output) if "error" in text.lower() and "complete log" not in text]
    return (apt[:1] or errors[-1:] or output[-1:] or [""])[0]


def line_of(dockerfile: str, instruction: str) -> str:
    """The number of the line on which an instruction begins, given as BuildKit prints it: on one line."""
    lines = dockerfile.splitlines()
    for number, line in enumerate(lines):
        whole = line.strip()
        for more in lines[number + 1 :]:
            if not whole.endswith("\\"):
                break
            whole = whole[:-1] + more.strip()
        if whole and whole.split() == instruction.split():
            return str(number + 1)
    return ""


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""  # deleted in the meantime: the reason is reported without its place
