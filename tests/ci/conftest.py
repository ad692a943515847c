"""A namespace on the embedded cluster, and an image with a shell in it."""

from __future__ import annotations

from tests.cluster.conftest import embedded as embedded
from tests.cluster.conftest import image as image
from tests.cluster.conftest import kubectl as kubectl
