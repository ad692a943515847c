"""The development server on PORT: a change of any file restarts it, not only of Python modules."""

import logging
import os
from pathlib import Path

import uvicorn
from uvicorn.supervisors.watchfilesreload import WatchFilesReload
from watchfiles._rust_notify import WatchfilesRustInternalError


class Reloader(WatchFilesReload):
    """Outlives a file name that is not UTF-8, which ends the watcher."""

    def should_restart(self) -> list[Path] | None:
        try:
            return super().should_restart()
        except WatchfilesRustInternalError as error:
            logging.getLogger("uvicorn.error").warning("The watcher failed and is started again: %s", error)
            super().__init__(self.config, self.target, self.sockets)
            return [Path.cwd()]


def serve() -> None:
    """Serve until SIGTERM."""
    config = uvicorn.Config(
        "todo_mcp.main:app",
        host="0.0.0.0",
        port=int(os.environ.get("PORT") or 8080),
        reload=True,
        reload_dirs=["todo_mcp"],
        reload_includes=["*"],
        timeout_graceful_shutdown=0,
    )
    Reloader(config, uvicorn.Server(config).run, [config.bind_socket()]).run()


if __name__ == "__main__":
    serve()
