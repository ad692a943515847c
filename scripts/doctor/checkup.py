"""All looks at the machine, in the order in which they are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from scripts import tiltfile_sketch
from scripts.cluster import select
from scripts.cluster.embedded import node_binaries, node_container, node_image, space
from scripts.cluster.embedded.provider import Embedded
from scripts.core import ports
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker.engine import Engine
from scripts.docker.patterns import patterns_of
from scripts.doctor import cluster, docker, machine, network, packages, tools
from scripts.doctor.finding import Finding, problem, skipped
from scripts.files import ignore
from scripts.files.scope import Scope
from scripts.tiltfile.declared import Declared


def checkup(runner: Runner, cluster_name: str | None) -> list[Finding]:
    """One look after another; one that fails is a finding too."""
    engine = Engine()
    declared, embedded = _declared(), _takes_embedded(runner, cluster_name)
    answering: Engine | None = None
    with suppress(UserError):
        answering = engine if engine.facts else None
    looks: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("docker", lambda: docker.docker(runner, engine) + ([] if answering else docker.without_engine())),
        ("packages", lambda: [packages.base_image(runner)] if embedded and node_image.needs_debian(answering) else []),
        ("disk", lambda: machine.disk(space.needs(answering) if embedded else ())),
        ("memory", lambda: [_memory(to_compile=embedded and not node_binaries.folder().is_dir())]),
        ("inotify", lambda: [_inotify(runner, declared)]),
        ("ports", lambda: _ports(runner, answering, declared, node=embedded)),
        ("proxies", lambda: [network.proxies(os.environ)]),
        ("tools", lambda: tools.tools(runner, own_helm=embedded)),
        ("cluster", lambda: cluster.cluster(runner, cluster_name)),
    )
    return [finding for topic, look in looks for finding in _guarded(topic, look)]


def _guarded(topic: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except UserError as error:
        return [problem(topic, error.what, error.fix)]
    except OSError as error:
        return [skipped(topic, f"could not be looked at: {error}")]


def _declared() -> Declared | None:
    with suppress(UserError):
        return tiltfile_sketch.read()
    return None  # a mistake in the Tiltfile is reported by what evaluates it


def _takes_embedded(runner: Runner, name: str | None) -> bool:
    """Whether the stack would run on the embedded cluster: the only one that is made here."""
    tried: list[Embedded] = []
    try:
        return isinstance(select.choose(name, runner, tried.append)[0], Embedded)
    except UserError:
        return bool(tried)  # without Docker, which ./dev up would install


def _memory(*, to_compile: bool) -> Finding:
    text = ""
    with suppress(OSError):
        text = Path("/proc/meminfo").read_text()
    return machine.memory(text, to_compile=to_compile)


def _inotify(runner: Runner, declared: Declared | None) -> Finding:
    watches, instances = machine.limit("max_user_watches"), machine.limit("max_user_instances")
    if not watches or declared is None:
        return skipped("inotify", "this system watches files in another way" if not watches else "no Tiltfile to read")
    used_watches, used_instances = machine.used_inotify(os.getuid())
    folders = {} if _loop_answers(runner, _page_port()) else _watched(declared)  # its watches are in use already
    every = sum(1 for folder, deep in folders.items() for _ in _below(folder, deep))
    return machine.inotify(
        machine.Watches(watches, used_watches, every), machine.Watches(instances, used_instances, bool(folders))
    )


def _watched(declared: Declared) -> dict[Path, bool]:
    """The folders that a loop watches; the value says whether with all below."""
    tiltfile = tiltfile_sketch.TILTFILE
    patterns = patterns_of(tiltfile.parent / ".tiltignore")
    trees = [(image.context, ignore.for_image(image, tiltfile, patterns)) for image in declared.images.values()]
    return Scope(trees, declared.config_files).folders()


def _below(folder: Path, deep: bool) -> Iterator[str]:
    yield str(folder)
    if deep:
        for found, names, _ in os.walk(folder):
            yield from (os.path.join(found, name) for name in names)


def _ports(runner: Runner, engine: Engine | None, declared: Declared | None, *, node: bool) -> list[Finding]:
    """With `node` also the ports that the embedded cluster publishes."""
    page = _page_port()
    needed = {page: "the page of the loop, TODO_PAGE_PORT"}
    forwards = {
        forward.local: f"the port-forward of {option.new_name or option.workload}"
        for option in (declared.options if declared else ())
        for forward in option.port_forwards
    }
    container = engine.containers.find(node_container.NAME) if engine else None
    if node and (container is None or container.state != "running"):
        published = node_container.Ports.wanted(container)
        needed |= {published.api: "the API, TODO_API_PORT", published.registry: "the registry, TODO_REGISTRY_PORT"}
        needed |= {port: "a NodePort of the cluster" for port in published.node_port_range}
    ours = [ports.holder(runner, page)] if _loop_answers(runner, page) else []
    return network.ports(needed, forwards, node_container.is_free, lambda port: ports.holder(runner, port), ours)


def _page_port() -> int:
    return ports.port_from_env("TODO_PAGE_PORT", ports.PAGE_PORT)


def _loop_answers(runner: Runner, page: int) -> bool:
    """Whether the page's port is held by a loop or by its Tilt, which then has the forwards too."""
    from scripts import engine, tilt

    return engine.status_snapshot(page) is not None or tilt.runs_this_stack(runner, page)
