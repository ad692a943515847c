"""The built-ins of the Tiltfile: a closed list, the same that README.md in this folder documents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from scripts.core import text
from scripts.core.runner import CommandFailed, Runner
from scripts.engine.model import Link, LocalResource
from scripts.engine.tiltfile.arguments import Declared, K8sOptions, command_line, each, one, port_forward
from scripts.engine.tiltfile.assemble import problem
from scripts.engine.tiltfile.image_builtins import ImageBuiltins
from scripts.engine.tiltfile.starlark import Builtin, TiltfileError, opaque

FOLLOWS_TILT = (0, 37, 6)
MANUAL, AUTO = 1, 0
CONSTANTS = {"TRIGGER_MODE_AUTO": AUTO, "TRIGGER_MODE_MANUAL": MANUAL}


class Builtins(ImageBuiltins):
    """The functions a Tiltfile may call. `log` gets what local commands print."""

    def __init__(
        self, declared: Declared, runner: Runner, env: Mapping[str, str], log: Callable[[str], object]
    ) -> None:
        super().__init__(declared)
        self._runner = runner
        self._env = env
        self._log = log

    def table(self) -> dict[str, Builtin]:
        return {
            "allow_k8s_contexts": self.allow_k8s_contexts,
            "decode_json": self.decode_json,
            "decode_yaml_stream": self.decode_yaml_stream,
            "docker_build": self.docker_build,
            "fail": self.fail,
            "fall_back_on": self.fall_back_on,
            "helm": self.helm,
            "k8s_resource": self.k8s_resource,
            "k8s_yaml": self.k8s_yaml,
            "link": self.link,
            "local": self.local,
            "local_resource": self.local_resource,
            "run": self.run,
            "sync": self.sync,
            "update_settings": self.update_settings,
            "version_settings": self.version_settings,
        }

    def allow_k8s_contexts(self, contexts: object) -> None:
        each("contexts", contexts, str)  # who may be changed is decided before: scripts/cluster/guard.py

    def decode_json(self, json_: object) -> object:
        try:
            return json.loads(one("decode_json's argument", json_, str))
        except ValueError as error:
            raise TiltfileError(f"decode_json: {error}") from None

    def decode_yaml_stream(self, yaml_: object) -> object:
        return _documents("decode_yaml_stream", one("decode_yaml_stream's argument", yaml_, str))

    def fail(self, msg: object) -> NoReturn:
        raise TiltfileError(str(msg))

    def helm(
        self,
        paths: object,
        name: object = "chart",
        namespace: object = "",
        values: object = None,
        set_: object = None,
    ) -> str:
        chart = self._path(paths)
        if not (chart / "Chart.yaml").is_file():
            raise TiltfileError(f"helm: there is no chart at {chart}")
        files = self._paths("values", values)
        self._out.config_files += [chart, *files]
        space = one("namespace", namespace, str)
        argv = ["helm", "template", one("name", name, str), str(chart), "--include-crds"]
        argv += ["--namespace", space] if space else []
        for file in files:
            argv += ["--values", str(file)]
        for assignment in each("set", set_, str):
            argv += ["--set", assignment]
        rendered = self._run(argv, self._out.directory)
        parts = [part for part in re.split(r"^---\n", rendered, flags=re.MULTILINE) if not _TEST_HOOK.search(part)]
        objects = _objects("helm", "---\n".join(parts))
        for item in objects:
            if space:
                item["metadata"].setdefault("namespace", space)
        return yaml.safe_dump_all(objects, sort_keys=False, explicit_start=True)

    def local(self, command: object, quiet: object = False, echo_off: object = False, env: object = None) -> str:
        argv = command_line("local's command", command)
        if not echo_off:
            self._log(f"local: {' '.join(argv)}")
        log = None if quiet else self._log
        return self._run(argv, self._out.directory, one("env", env or {}, dict), log)

    def _run(
        self,
        argv: Sequence[str],
        directory: Path,
        env: Mapping[str, str] | None = None,
        log: Callable[[str], object] | None = None,
    ) -> str:
        try:
            result = self._runner.run(argv, cwd=directory, env={**self._env, **(env or {})})
        except CommandFailed as failed:
            if log:
                for line in (failed.result.stdout + failed.result.stderr).splitlines():
                    log(line)
            raise TiltfileError(f"{' '.join(argv[:4])}: {failed.result.last_line()}") from None
        if log:
            for line in (result.stderr + result.stdout).splitlines():
                log(line)
        return result.stdout

    def k8s_yaml(self, yaml_: object) -> None:
        for given in each("k8s_yaml's argument", yaml_, str):
            if "\n" not in given:
                file = self._path(given)
                self._out.config_files.append(file)
                given = text.read(file)
            self._out.manifests += _objects("k8s_yaml", given)

    def k8s_resource(
        self,
        workload: object = "",
        new_name: object = "",
        port_forwards: object = None,
        trigger_mode: object = AUTO,
        resource_deps: object = None,
        objects: object = None,
        auto_init: object = True,
        links: object = None,
        labels: object = None,
    ) -> None:
        settings = self._common(trigger_mode, resource_deps, auto_init, links, labels)
        settings["port_forwards"] = tuple(port_forward(item) for item in each("port_forwards", port_forwards, object))
        fragments = each("objects", objects, str)
        names = one("workload", workload, str), one("new_name", new_name, str)
        if not any(names) or (not names[0] and not fragments):
            raise TiltfileError("k8s_resource: name a workload, or a new_name with its objects")
        self._out.options.append(K8sOptions(*names, fragments, settings))

    def local_resource(
        self,
        name: object,
        cmd: object,
        deps: object = None,
        trigger_mode: object = AUTO,
        resource_deps: object = None,
        auto_init: object = True,
        links: object = None,
        labels: object = None,
        env: object = None,
    ) -> None:
        settings = self._common(trigger_mode, resource_deps, auto_init, links, labels)
        variables = tuple((str(k), str(v)) for k, v in one("env", env or {}, dict).items())
        self._out.locals.append(
            LocalResource(
                name=one("name", name, str),
                argv=command_line("cmd", cmd),
                directory=self._out.directory,
                deps=self._paths("deps", deps),
                env=variables,
                **settings,
            )
        )

    def _common(
        self, trigger_mode: object, resource_deps: object, auto_init: object, links: object, labels: object
    ) -> dict[str, Any]:
        mode = one("trigger_mode", trigger_mode, int)
        return {
            "manual": mode == MANUAL,
            "resource_deps": each("resource_deps", resource_deps, str),
            "auto_init": bool(auto_init),
            "links": tuple(
                item if isinstance(item, Link) else Link(one("a link", item, str))
                for item in each("links", links, object)
            ),
            "labels": each("labels", labels, str),
        }

    def link(self, url: object, name: object = "") -> object:
        return opaque(Link(one("url", url, str), one("name", name, str)))

    def update_settings(self, max_parallel_updates: object = 3) -> None:
        self._out.max_parallel = max(1, one("max_parallel_updates", max_parallel_updates, int))

    def version_settings(self, constraint: object = "", check_updates: object = True) -> None:
        wanted = re.fullmatch(r">=\s*(\d+)\.(\d+)\.(\d+)", one("constraint", constraint, str))
        if constraint and wanted is None:
            raise TiltfileError(f"version_settings: only >=X.Y.Z is understood here, not {constraint}")
        if wanted and tuple(map(int, wanted.groups())) > FOLLOWS_TILT:
            mine = ".".join(map(str, FOLLOWS_TILT))
            raise TiltfileError(f"this Tiltfile wants Tilt {constraint}; the engine follows Tilt {mine}", "use Tilt")


def _documents(name: str, source: str) -> list[Any]:
    try:
        return [item for item in yaml.safe_load_all(source) if item]
    except yaml.YAMLError as error:
        raise TiltfileError(f"{name}: {' '.join(str(error).split())}") from None


def _objects(name: str, source: str) -> list[dict[str, Any]]:
    found = _documents(name, source)
    if wrong := next(filter(None, map(problem, found)), ""):
        raise TiltfileError(f"{name}: {wrong}")
    return found


_TEST_HOOK = re.compile(r"^# Source: .*/tests/", re.MULTILINE)
