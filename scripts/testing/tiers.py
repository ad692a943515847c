"""The table of tiers, in the order in which they run."""

from __future__ import annotations

from scripts.core.errors import UserError
from scripts.testing.checks import (
    IN_PARALLEL,
    NODE_NAME,
    app,
    chart,
    coverage,
    e2e,
    folder,
    frontend,
    lint,
    on_own_node,
    page,
    service,
    unit,
)
from scripts.testing.tier import Check, Tier

# More edits than a loop keeps updates of would leave the tests after it nothing to count: memory is tested in the soak.
WITHOUT_MEMORY = ["--ignore=tests/loop/test_memory.py"]

# An embedded node of its own. Its ports are those after the usual ones.
NODE_TO_HARM = {
    NODE_NAME: "todo-failure",
    "TODO_API_PORT": "6444",
    "TODO_REGISTRY_PORT": "5006",
    "TODO_FIRST_NODE_PORT": "30320",
}

TIERS: dict[str, Tier] = {
    "lint": Tier("every file of the tree, by a tool for its language", lint, by_name=False),
    "unit": Tier("the tooling in `scripts/`", unit),
    "backend": Tier("the backend, on a PostgreSQL of its own", service("backend", *IN_PARALLEL)),
    "mcp": Tier("the MCP server", service("mcp_server", *IN_PARALLEL)),
    "frontend": Tier("the page, on a real backend, and its server", frontend),
    "images": Tier("the final images: what is in them, and that everybody builds the same", folder("tests/images")),
    "page": Tier("the page of the loop in a browser, without a cluster", page),
    "app": Tier("the whole app in a browser, without a cluster", app),
    "e2e": Tier("the deployed stack through its URLs, with a browser", e2e),
    "loop": Tier(
        "live updates under a running loop",
        folder("tests/loop", "up", "--once", options=WITHOUT_MEMORY),
        alone=True,
    ),
    "install": Tier(
        "final images and `helm install`: policies, autoscaling; `./dev down`",
        folder("tests/install", "cluster", "up"),
        alone=True,
    ),
    "chart": Tier("what the chart renders and refuses", chart),
    "cluster": Tier("the embedded cluster, which it stops and restarts", folder("tests/cluster"), alone=True),
    "resources": Tier(
        "memory and start of the final images under a fixed number of requests",
        folder("tests/resources", "cluster", "up"),
    ),
    "ci": Tier(
        "what `./dev ci` says of each kind of trouble, on the embedded cluster",
        folder("tests/ci", "cluster", "up"),
        plain=False, alone=True,
    ),
    "soak": Tier(
        "500 random edits, pod kills and branch switches under a running loop; its memory",
        folder(
            "tests/loop/test_soak.py", "up", "--once",
            options=["tests/loop/test_memory.py", "--capture=no"],
            env={"TODO_SOAK_OPERATIONS": "500", "TODO_MEMORY_EDITS": "200"},
        ),
        plain=False, alone=True,
    ),
    "failure": Tier(
        "rollouts and faults of the final images under load, without an acknowledged write lost",
        on_own_node("tests/failure", NODE_TO_HARM, "--capture=no"),
        part=folder("tests/failure", "cluster", "up", options=["-m", "everyday"]),
    ),
    "contract": Tier(
        "thousands of requests made up from the backend's OpenAPI document",
        service("backend", "tests/test_api_contract.py", env={"TODO_API_CASES": "250"}),
        plain=False,
    ),
    "coverage": Tier(
        "lines and branches that the tests of the backend and the MCP server run: at least 95 % of each", coverage,
        plain=False, by_name=False,
    ),
    "load": Tier(
        "ten minutes of requests to the final images: `./dev bench stack` and `api`, with what has to hold",
        folder("tests/load", "cluster", "up", options=["--capture=no"]),
        plain=False,
    ),
}  # fmt: skip


def choose(names: list[str]) -> dict[str, Check]:
    """What to run for these names: of none what every change needs; of `all`, and of a name, the whole."""
    if not names:
        return {name: tier.part or tier.whole for name, tier in TIERS.items() if tier.plain}
    for name in names:
        if name not in TIERS and name != "all":
            raise UserError(f"there is no test tier {name!r}", f"choose from: {', '.join(TIERS)}, all")
    wanted = list(TIERS) if "all" in names else names
    return {name: TIERS[name].whole for name in wanted}


def table() -> list[tuple[str, str, str]]:
    """Name, what it tests, and how much of it a plain `./dev test` runs."""
    runs = {(True, False): "yes", (True, True): "a part", (False, False): "no"}
    return [(name, tier.about, runs[tier.plain, tier.part is not None]) for name, tier in TIERS.items()]
