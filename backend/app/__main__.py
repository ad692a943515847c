"""Starts uvicorn on PORT with whatever uvicorn options the command line adds."""

import os
import sys

from uvicorn.main import main

if __name__ == "__main__":
    main(["app.main:app", "--host", "0.0.0.0", "--port", os.environ.get("PORT") or "8000", *sys.argv[1:]])
