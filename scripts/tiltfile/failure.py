"""The error of a Tiltfile that cannot be evaluated."""

from __future__ import annotations

from pathlib import Path

from scripts.core.errors import UserError


class EvaluationFailed(UserError):
    """`config_files` are those read before the mistake: a change of one of them may end it. `evaluated_at` is when the
    evaluation began (seconds of the epoch)."""

    def __init__(self, error: UserError, config_files: tuple[Path, ...], evaluated_at: float) -> None:
        super().__init__(error.what, error.fix)
        self.config_files, self.evaluated_at = config_files, evaluated_at
