"""The application that uvicorn serves, configured by the environment."""

import sys

from app.application import create_app
from app.settings import ConfigurationError, Settings

try:
    app = create_app(Settings.load())
except ConfigurationError as error:
    sys.exit(f"backend: {error}")
