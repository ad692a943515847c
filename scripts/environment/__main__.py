"""`python -m scripts.environment NAME`, for ./dev: prints the seconds that it took."""

from __future__ import annotations

import signal
import sys

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.environment.make import make


def main(name: str) -> int:
    steps = Steps()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make(Subprocess(), steps, name)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        print(f"error: {what}; check permissions and free space, or set TODO_CACHE_DIR", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run ./dev again to continue", file=sys.stderr)
        return 130
    print(f"{steps.seconds():.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
