"""What this project's own Tiltfile declares, without the cluster and the base images that an evaluation needs."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.core.paths import ROOT
from scripts.tiltfile.declared import Declared
from scripts.tiltfile.sketch import sketch

TILTFILE = ROOT / "Tiltfile"
# The only command whose output decides what is declared.
ANSWERS = {"./dev bases --json": json.dumps({"build_args": {}, "ca": "", "helm_set": []})}


def read(tiltfile: Path = TILTFILE) -> Declared:
    """Raises UserError with file and line."""
    declared, error = sketch(tiltfile, ANSWERS)
    if error:
        raise error
    return declared
