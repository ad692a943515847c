"""Errors that the user can act on."""


class UserError(Exception):
    """An error that the user can fix.

    `what` says what happened to which resource, `fix` what to do next. The command line prints both on one line,
    without a traceback, and exits with `code`.
    """

    def __init__(self, what: str, fix: str = "", *, code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.what}; {self.fix}" if self.fix else self.what


class NotStarted(UserError):
    """A program that could not be started."""


class ToolMissing(NotStarted):
    """A program that is not on PATH."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed", f"install {program} and run this again")
