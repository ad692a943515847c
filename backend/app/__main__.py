"""`python -m app`: serve on PORT until SIGTERM."""

import os

from app.drain import run

run("app.main:app", int(os.environ.get("PORT") or "8000"))
