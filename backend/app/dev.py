"""The development server on PORT: every saved file is served, see app.reload."""

import os
import sys

from app.reload.supervisor import serve
from app.revision import SERVICE_DIR, SOURCE_ROOTS, source_revision

if __name__ == "__main__":
    port = int(os.environ.get("PORT") or 8000)
    sys.exit(serve("app.main:app", SOURCE_ROOTS, lambda: source_revision(SERVICE_DIR), port))
