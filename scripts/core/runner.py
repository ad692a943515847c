"""Starts other programs; everything in scripts/ does so through here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, ClassVar, Protocol

from scripts.core.errors import NotStarted, ToolMissing, UserError

GRACE_SECONDS = 10.0
End = Callable[[], None]
"""Ends a program, without waiting for that."""


@dataclass(frozen=True)
class Result:
    """A finished program: argv, exit status and output."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    def last_line(self) -> str:
        """The last line of stderr, or else of stdout: usually the reason for a failure."""
        for text in (self.stderr, self.stdout):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return lines[-1]
        return f"exit status {self.returncode}"


class CommandFailed(UserError):
    """A program exited with a status other than 0."""

    def __init__(self, result: Result, fix: str = "") -> None:
        name = Path(result.argv[0]).name
        super().__init__(f"{name} failed ({' '.join(result.argv[1:4])} …): {result.last_line()}", fix)
        self.result = result


class Runner(Protocol):
    """Starts programs. Tests replace it with a fake and check the argv."""

    def which(self, name: str) -> str | None:
        """The full path of a program on PATH, or None."""
        ...

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
        """Run a program until it exits. `env` is added to the environment. `on_line` gets each line of output as it is
        printed, stderr merged into stdout; `on_start` gets what ends the program, with all that it started. Raises
        NotStarted, and with `check` CommandFailed if the status is not 0 or the program ran longer than `timeout`
        seconds.

        When this process is interrupted it kills the program; one with `on_line` may have `patience` seconds before, to
        clean up. With `patience`, `timeout` or `on_start` it has a session of its own: a terminal's Ctrl-C reaches it
        only from here, and what asks the terminal for something fails instead of waiting for ever."""
        ...


class Subprocess:
    """The real runner."""

    # Running programs, so that a command that ends early leaves none behind.
    _live: ClassVar[set[subprocess.Popen[bytes]]] = set()

    @classmethod
    def end_all(cls) -> None:
        """Terminate all programs that are still running."""
        for process in list(cls._live):
            _signal(process, signal.SIGTERM)

    def which(self, name: str) -> str | None:
        return shutil.which(name)

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
        command = tuple(argv)
        data = input.encode() if isinstance(input, str) else input
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if on_line else subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **env} if env else None,
                start_new_session=patience > 0 or timeout is not None or on_start is not None,
            )
        except OSError as error:
            raise _not_started(command[0], cwd, env or {}, error) from None
        self._live.add(process)
        try:
            with process:
                if on_start:
                    on_start(partial(_end, process))
                if on_line:
                    result = _stream(process, command, data, timeout, on_line, patience)
                else:
                    result = _collect(process, command, data, timeout)
        finally:
            self._live.discard(process)
        if check and result.returncode != 0:
            raise CommandFailed(result)
        return result


def _not_started(program: str, cwd: Path | None, env: Mapping[str, str], error: OSError) -> NotStarted:
    """Why a program did not start: its folder, itself, or that there is none of its name on PATH."""
    if cwd and str(error.filename) == str(cwd):
        return NotStarted(f"{program} cannot be started in {cwd}: {error.strerror}", "make the folder, or name another")
    if "/" not in program and not shutil.which(program, path=env.get("PATH")):
        return ToolMissing(program)
    fix = "check that it is there, executable and whole, and that its first line names a program that is there"
    return NotStarted(f"{program} cannot be started: {error.strerror}", fix)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate a program and all that it started; what goes on is killed."""
    _signal(process, signal.SIGTERM)
    timer = threading.Timer(GRACE_SECONDS, _signal, (process, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """To its process group, if it has one of its own; nothing if it has ended, as its pid may be another's by now."""
    with suppress(ProcessLookupError):
        if process.returncode is not None:
            return
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def _collect(
    process: subprocess.Popen[bytes], argv: tuple[str, ...], data: bytes | None, timeout: float | None
) -> Result:
    try:
        out, err = process.communicate(data, timeout)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        out, err = process.communicate()
        err += f"\ntimed out after {timeout:g} s".encode()
    except BaseException:
        _signal(process, signal.SIGKILL)
        raise
    return Result(argv, process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def _stream(
    process: subprocess.Popen[bytes],
    argv: tuple[str, ...],
    data: bytes | None,
    timeout: float | None,
    on_line: Callable[[str], None],
    patience: float,
) -> Result:
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _signal(process, signal.SIGKILL)

    timer = threading.Timer(timeout, expire) if timeout else None
    if timer:
        timer.start()
    lines: list[str] = []
    try:
        if data is not None and process.stdin:
            threading.Thread(target=_feed, args=(process.stdin, data), daemon=True).start()
        _read(process, lines, on_line)
    except BaseException as error:
        try:
            if patience and isinstance(error, KeyboardInterrupt):
                _let_clean_up(process, patience, lines, on_line)
        finally:
            _signal(process, signal.SIGKILL)
        raise
    finally:
        if timer:
            timer.cancel()
    if expired.is_set():
        lines.append(f"timed out after {timeout:g} s")
    return Result(argv, process.returncode, "\n".join(lines), "")


def _read(process: subprocess.Popen[bytes], lines: list[str], on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None
    for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip("\r\n")
        lines.append(line)
        on_line(line)
    process.wait()


def _let_clean_up(
    process: subprocess.Popen[bytes], patience: float, lines: list[str], on_line: Callable[[str], None]
) -> None:
    on_line("interrupted: this ends once it has cleaned up; a second Ctrl-C ends it at once")
    process.send_signal(signal.SIGINT)
    timer = threading.Timer(patience, _signal, (process, signal.SIGKILL))
    timer.start()
    try:
        _read(process, lines, on_line)
    finally:
        timer.cancel()


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except BrokenPipeError:
        pass  # the program exited without reading everything; its status says why
