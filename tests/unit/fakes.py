"""A runner that starts no programs: it records every call and answers by argv prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.errors import ToolMissing
from scripts.core.runner import CommandFailed, End, Result

IMAGE_ID = "sha256:0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Call:
    argv: tuple[str, ...]
    input: str | bytes | None
    env: Mapping[str, str]
    patience: float = 0


@dataclass
class FakeRunner:
    """`answers` maps an argv prefix (joined by spaces) to (status, stdout, stderr); the longest match is used, and
    without a match a program prints nothing and exits with 0. Programs in `missing` are not installed.
    A `docker build` that succeeds makes the image IMAGE_ID.
    """

    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)

    def which(self, name: str) -> str | None:
        return None if name in self.missing else f"/usr/bin/{name}"

    def run(
        self,
        argv: Sequence[str],
        *,
        input: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float | None = None,
        check: bool = True,
        on_line: Callable[[str], None] | None = None,
        patience: float = 0,
        on_start: Callable[[End], None] | None = None,
    ) -> Result:
        self.calls.append(Call(tuple(argv), input, dict(env or {}), patience))
        if argv[0] in self.missing:
            raise ToolMissing(argv[0])
        line = " ".join(argv)
        matching = [prefix for prefix in self.answers if line == prefix or line.startswith(prefix + " ")]
        status, out, err = self.answers[max(matching, key=len)] if matching else (0, "", "")
        result = Result(tuple(argv), status, out, err)
        if on_line:
            for text in (out + err).splitlines():
                on_line(text)
        if status == 0 and "--iidfile" in argv:
            Path(argv[list(argv).index("--iidfile") + 1]).write_text(f"{IMAGE_ID}\n")
        if check and status != 0:
            raise CommandFailed(result)
        return result

    def argvs(self) -> list[str]:
        return [" ".join(call.argv) for call in self.calls]
