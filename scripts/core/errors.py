"""Errors a person can act on."""


class UserError(Exception):
    """Something a person can mend.

    `what` says what happened and to which resource, `fix` what to do next. The command line prints both on one
    line and exits with `code`; no traceback.
    """

    def __init__(self, what: str, fix: str = "", *, code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.what}; {self.fix}" if self.fix else self.what


class ToolMissing(UserError):
    """A program that is not on PATH."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed", f"install {program} and run this again")
        self.program = program
