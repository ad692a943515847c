"""Rules of the Dockerfiles, checked without Docker; each is shown to find an example that breaks it.

hadolint knows the general ones, and lint runs it. The rest follows from what this project promises: images that run as
a user, are the same on every machine, and hold nothing that was not pinned by hash.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint import tree
from scripts.services import SERVICES

pytest.importorskip("dockerfile", reason="the parser is not published for arm64 Linux")
import dockerfile  # only where it is

CHART = yaml.safe_load((ROOT / "charts/todo-stack/Chart.yaml").read_text())
EVERY = [path for path in tree.files(Subprocess(), ROOT) if tree.kind(path, b"") == "dockerfile"]
OURS = [f"{service.folder}/Dockerfile" for service in SERVICES]
# The stages that run in a cluster; the others only make what these copy.
TARGETS = ("dev", "final")


@dataclass(frozen=True)
class Stage:
    """A stage: its name ("" without one), the image or stage it starts from, and its instructions."""

    name: str
    base: str
    instructions: list[dockerfile.Command] = field(default_factory=list)

    def all(self, *names: str) -> list[dockerfile.Command]:
        return [each for each in self.instructions if each.cmd in names]


@dataclass(frozen=True)
class Dockerfile:
    arguments: dict[str, str]
    stages: list[Stage]

    def runs(self) -> Iterable[dockerfile.Command]:
        return (each for stage in self.stages for each in stage.all("RUN"))

    def targets(self) -> list[Stage]:
        return [stage for stage in self.stages if stage.name in TARGETS]


def parse(text: str) -> Dockerfile:
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for each in dockerfile.parse_string(text):
        if each.cmd == "FROM":
            base, *name = (word for word in each.value if word.upper() != "AS")
            stages.append(Stage(name[0] if name else "", base))
        elif stages:
            stages[-1].instructions.append(each)
        else:
            arguments.update(word.partition("=")[::2] for word in each.value)
    return Dockerfile(arguments, stages)


def runs_as_a_user_by_number(file: Dockerfile) -> list[str]:
    """Kubernetes checks runAsNonRoot by the number: a name could be anybody's."""
    users = {stage.name: [each.value[0] for each in stage.all("USER")] for stage in file.targets()}
    return [name for name, found in users.items() if not found or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", found[-1])]


def starts_its_program_without_a_shell(file: Dockerfile) -> list[str]:
    """A shell as PID 1 would keep SIGTERM from the server, which then could not drain."""
    bad = [stage.name for stage in file.targets() if [each.json for each in stage.all("CMD")] != [True]]
    return bad + [stage.name for stage in file.targets() if stage.all("ENTRYPOINT", "SHELL")]


def has_a_health_check(file: Dockerfile) -> list[str]:
    checks = {stage.name: stage.all("HEALTHCHECK") for stage in file.targets()}
    return [name for name, found in checks.items() if not found or not re.search(r"CMD \[", found[0].original)]


def starts_from_a_base_that_can_be_replaced(file: Dockerfile) -> list[str]:
    """From an argument whose default is an official image with its version, another stage, or nothing."""
    known = {"scratch"}
    bad = []
    for stage in file.stages:
        argument = re.fullmatch(r"\$\{?(\w+)\}?", stage.base)
        default = file.arguments.get(argument[1], "missing") if argument else ""
        if not (stage.base in known or argument and re.fullmatch(r"([a-z]+:\d[\w.-]*)?", default)):
            bad.append(stage.base)
        known.add(stage.name)
    return bad


def copies_into_the_final_image_from_stages_only(file: Dockerfile) -> list[str]:
    """What comes straight from a checkout has its modes."""
    final = [each for stage in file.stages if stage.name == "final" for each in stage.all("COPY", "ADD")]
    return [each.original for each in final if not any(flag.startswith("--from=") for flag in each.flags)]


def installs_by_hash(file: Dockerfile) -> list[str]:
    bad = []
    for each in file.runs():
        (command,) = each.value
        if re.search(r"\b(pip|uv pip) (install|sync)\b", command):
            sealed = "--require-hashes" in command and ("--only-binary :all:" in command or "--no-deps" in command)
            bad += [] if sealed else [each.original]
        bad += [each.original] if re.search(r"\bnpm (install|i|add)\b|(^|[;&|]) *(npx|curl|wget) ", command) else []
    return bad


def is_given_certificates_as_a_secret(file: Dockerfile) -> list[str]:
    """Whatever downloads mounts the caller's CA bundle, which so gets into no layer."""
    downloads = [each for each in file.runs() if re.search(r"\b(pip install|pip sync|npm ci|apt-get)\b", each.value[0])]
    return [each.original for each in downloads if "--mount=type=secret,id=ca" not in each.flags]


def has_no_secret_in_an_argument_or_variable(file: Dockerfile) -> list[str]:
    named = [each for stage in file.stages for each in stage.all("ARG", "ENV")]
    secret = r"(?i)(passw|secret|token|credential|_key\b|apikey)"
    return [each.original for each in named if re.search(secret, each.original)] + [
        name for name in file.arguments if re.search(secret, name)
    ]


def has_bytecode_without_times(file: Dockerfile) -> list[str]:
    """In the final image. With the times of the sources in it, bytecode differs from checkout to checkout."""
    made = [each for stage in file.stages if stage.name in ("build", "final") for each in stage.all("RUN")]
    bad = [
        each.original
        for each in made
        if "--compile-bytecode" in each.original and "UNCHECKED_HASH" not in each.original
    ]
    return bad + [
        each.original
        for each in made
        if re.search(r"python3? -m (?!compileall|venv)", each.original)
        or ("compileall" in each.original and "--invalidation-mode unchecked-hash" not in each.original)
    ]


def has_the_version_of_the_chart(file: Dockerfile) -> list[str]:
    labels = {stage.name: " ".join(each.original for each in stage.all("LABEL")) for stage in file.targets()}
    wanted = f'org.opencontainers.image.version="{CHART["appVersion"]}"'
    return [name for name, found in labels.items() if wanted not in found]


LABELS = {"title": r"todo-[a-z-]+( \([a-z]+\))?", "description": ".+", "licenses": "Apache-2.0"}


def says_what_it_is(file: Dockerfile) -> list[str]:
    """Its name, by which `./dev clean` knows it, with a description and its licence; and its port."""
    bad = []
    for stage in file.targets():
        labels = " ".join(each.original for each in stage.all("LABEL"))
        told = [
            re.search(rf'org\.opencontainers\.image\.{name}="{value}"', labels)
            for name, value in (
                ("title", r"todo-[a-z-]+( \([a-z]+\))?"),
                ("description", ".+"),
                ("licenses", "Apache-2.0"),
            )
        ]
        ports = [word for each in stage.all("EXPOSE") for word in each.value]
        bad += [] if all(told) and len(ports) == 1 and ports[0].isdecimal() else [stage.name]
    return bad


Rule = Callable[[Dockerfile], list[str]]
NAMED = (
    'LABEL org.opencontainers.image.title="todo-x" org.opencontainers.image.description="x" '
    'org.opencontainers.image.licenses="Apache-2.0"'
)
FOR_OURS: dict[Rule, list[str]] = {
    runs_as_a_user_by_number: ["USER node", "USER 0:0", "USER 10001", "USER 10001:0", ""],
    starts_its_program_without_a_shell: ["CMD python -m app", "", 'ENTRYPOINT ["sh"]\nCMD ["-c", "x"]'],
    has_a_health_check: ["", "HEALTHCHECK NONE", "HEALTHCHECK CMD curl x"],
    copies_into_the_final_image_from_stages_only: ["COPY app app", "ADD app.tar /"],
    has_bytecode_without_times: [
        "RUN uv pip sync --compile-bytecode a", "RUN python -m compileall app", "RUN python -m app.revision > REVISION",
    ],
    says_what_it_is: ["", NAMED, f"{NAMED}\nEXPOSE 80 81", f"{NAMED.replace('todo-x', 'x')}\nEXPOSE 80", "EXPOSE 80"],
    has_the_version_of_the_chart: ["", 'LABEL org.opencontainers.image.version="latest"'],
}  # fmt: skip
FOR_EVERY: dict[Rule, list[str]] = {
    starts_from_a_base_that_can_be_replaced: ["FROM python:3.13-slim", "FROM ${NO_SUCH}", "FROM ${LATEST}"],
    installs_by_hash: [
        "RUN pip install x",
        "RUN uv pip sync a.txt",
        "RUN npm install",
        "RUN curl -O https://x.example",
    ],
    is_given_certificates_as_a_secret: ["RUN npm ci", "RUN apt-get update", "RUN uv pip sync a"],
    has_no_secret_in_an_argument_or_variable: ["ARG API_KEY", "ENV DB_PASSWORD=x", "ARG GITHUB_TOKEN"],
}


def cases(rules: dict[Rule, list[str]], paths: Iterable[str]) -> list[tuple[Rule, str]]:
    return [(rule, path) for rule in rules for path in paths]


@pytest.mark.parametrize(
    ("rule", "path"),
    [*cases(FOR_OURS, OURS), *cases(FOR_EVERY, EVERY)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_dockerfile_keeps_a_rule(rule: Rule, path: str) -> None:
    assert rule(parse((ROOT / path).read_text())) == []


@pytest.mark.parametrize(
    ("rule", "bad"),
    [(rule, bad) for rules in (FOR_OURS, FOR_EVERY) for rule, examples in rules.items() for bad in examples],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_rule_finds_what_breaks_it(rule: Rule, bad: str) -> None:
    from_line = "" if bad.startswith("FROM") else "FROM ${BASE} AS final\n"
    assert rule(parse(f"ARG BASE=python:3.13-slim\nARG LATEST=python:latest\n{from_line}{bad}\n")) != []


# What lint leaves to hadolint, by the number of its rule.
GENERAL = [
    ("DL3002", "FROM debian:13\nUSER root\n"),
    ("DL3004", "FROM debian:13\nRUN sudo true\n"),
    ("DL3006", "FROM debian\n"),
    ("DL3007", "FROM debian:latest\n"),
    ("DL3008", "FROM debian:13\nRUN apt-get install -y --no-install-recommends a && rm -rf /var/lib/apt/lists/*\n"),
    ("DL3009", "FROM debian:13\nRUN apt-get update && apt-get install -y --no-install-recommends a\n"),
    ("DL3015", "FROM debian:13\nRUN apt-get install -y a && rm -rf /var/lib/apt/lists/*\n"),
    ("DL3020", "FROM debian:13\nADD app /app\n"),
    ("DL3024", "FROM debian:13 AS a\nFROM debian:13 AS a\n"),
    ("DL3025", "FROM debian:13\nCMD python -m app\n"),
    ("DL3027", "FROM debian:13\nRUN apt install -y a\n"),
    ("DL3045", "FROM debian:13\nCOPY app app\n"),
    ("SC2086", 'FROM debian:13\nRUN a="x y"; ls $a\n'),
]


@pytest.mark.parametrize(("rule", "bad"), GENERAL, ids=[rule for rule, _ in GENERAL])
def test_hadolint_finds_what_breaks_a_general_rule(rule: str, bad: str) -> None:
    hadolint = str(Path(sys.executable).parent / "hadolint")
    result = Subprocess().run([hadolint, "--no-color", "-"], input=bad, cwd=ROOT, check=False)
    assert result.returncode == 1
    assert f" {rule} " in result.stdout


@pytest.mark.parametrize("path", OURS)
def test_a_build_is_sent_only_what_is_named(path: str) -> None:
    first, *_ = (ROOT / path).with_name(".dockerignore").read_text().splitlines()
    assert first == "*"
