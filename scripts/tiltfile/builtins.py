"""The built-ins of the Tiltfile: a closed list, the same that README.md in scripts/engine documents."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from scripts.core import text
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.core.sources import left_by_editor
from scripts.tiltfile.button_builtins import ButtonBuiltins
from scripts.tiltfile.declared import Declared, K8sOptions, TriggerMode
from scripts.tiltfile.documents import documents, objects, written
from scripts.tiltfile.image_builtins import ImageBuiltins
from scripts.tiltfile.manifests import identity, namespace_of
from scripts.tiltfile.model import Link, LocalResource, PortForward
from scripts.tiltfile.setting_builtins import SettingBuiltins
from scripts.tiltfile.signatures import Command, builtin
from scripts.tiltfile.starlark import opaque

FOLLOWS_TILT = (0, 37, 6)
Log = Callable[[str], object]
CONSTANTS = {f"TRIGGER_MODE_{mode.name}": mode.value for mode in TriggerMode}


class Builtins(ImageBuiltins, SettingBuiltins, ButtonBuiltins):
    """The functions a Tiltfile may call. `log` gets what local commands print."""

    def __init__(self, declared: Declared, runner: Runner, env: Mapping[str, str], log: Log) -> None:
        super().__init__(declared)
        self._runner = runner
        self._env = env
        self._log = log

    @builtin
    def allow_k8s_contexts(self, contexts: tuple[str, ...]) -> None:
        """Nothing: scripts/cluster/guard.py has decided before which cluster may be changed."""

    @builtin
    def decode_json(self, json_: str) -> object:
        try:
            return json.loads(json_)
        except ValueError as error:
            raise UserError(str(error)) from None

    @builtin
    def decode_yaml_stream(self, yaml_: str) -> object:
        return [value for value, _ in documents(yaml_)]

    @builtin
    def fail(self, msg: object) -> NoReturn:
        raise UserError(str(msg))

    @builtin
    def helm(
        self,
        paths: Path,
        name: str = "chart",
        namespace: str = "",
        values: tuple[Path, ...] = (),
        set_: tuple[str, ...] = (),
    ) -> str:
        self.out.config_files += [paths, *values]
        if not (paths / "Chart.yaml").is_file():
            raise UserError(f"there is no chart in {paths}")
        options = ["--include-crds", *(["--namespace", namespace] if namespace else [])]
        options += [part for file in values for part in ("--values", str(file))]
        options += [part for assignment in set_ for part in ("--set", assignment)]
        with tempfile.TemporaryDirectory() as folder:
            chart = _without_editors_files(paths, Path(folder, paths.name))
            rendered = self._run(["helm", "template", name, str(chart), *options])
        found = list(objects(item for item in documents(rendered) if "/tests/" not in item[1]))
        for value, _ in found:
            if namespace and not value["metadata"].get("namespace"):
                value["metadata"]["namespace"] = namespace
        return written(found)

    @builtin
    def local(self, command: Command, quiet: bool = False, echo_off: bool = False, env: Mapping[str, str] = {}) -> str:
        if not echo_off:
            self._log(f"local: {' '.join(command)}")
        return self._run(command, env, quiet)

    def _run(self, argv: Sequence[str], env: Mapping[str, str] = {}, quiet: bool = True) -> str:
        result = self._runner.run(argv, cwd=self.out.directory, env={**self._env, **env}, check=False)
        for line in (result.stderr + result.stdout).splitlines() if not quiet else ():
            self._log(line)
        if result.returncode:
            raise UserError(f"{' '.join(argv[:4])}: {result.last_line()}")
        return result.stdout

    @builtin
    def k8s_yaml(self, yaml_: tuple[str, ...]) -> None:
        for given in yaml_:
            label = f"{self.out.place}, YAML line "
            if "\n" not in given:
                file = Path(os.path.normpath(self.out.directory / given))
                self.out.config_files.append(file)
                given, label = text.read(file), f"{file}:"
            for value, place in objects(documents(given, label)):
                first = self.out.origins.setdefault(identity(value), place)
                if identity(value) in self.out.manifests:
                    what = f"{value['kind']} {value['metadata']['name']} in namespace {namespace_of(value)}"
                    raise UserError(f"{what} is given twice, in {first} and in {place}", "remove one of them")
                self.out.manifests[identity(value)] = value

    @builtin
    def k8s_resource(
        self,
        workload: str = "",
        new_name: str = "",
        port_forwards: tuple[PortForward, ...] = (),
        trigger_mode: TriggerMode | None = None,
        resource_deps: tuple[str, ...] = (),
        objects: tuple[str, ...] = (),
        auto_init: bool | None = None,
        links: tuple[Link, ...] = (),
        labels: tuple[str, ...] = (),
    ) -> None:
        place = self.out.place
        self.out.places[new_name or workload] = place
        self.out.options.append(
            K8sOptions(
                place, workload, new_name, port_forwards, trigger_mode, resource_deps, objects, auto_init, links, labels
            )
        )

    @builtin
    def local_resource(
        self,
        name: str,
        cmd: Command,
        deps: tuple[Path, ...] = (),
        trigger_mode: TriggerMode = TriggerMode.AUTO,
        resource_deps: tuple[str, ...] = (),
        auto_init: bool = True,
        links: tuple[Link, ...] = (),
        labels: tuple[str, ...] = (),
        env: Mapping[str, str] = {},
    ) -> None:
        self.out.places[name] = self.out.place
        self.out.locals.append(
            LocalResource(
                name=name,
                labels=labels,
                links=links,
                resource_deps=resource_deps,
                manual=trigger_mode is TriggerMode.MANUAL,
                auto_init=auto_init,
                argv=cmd,
                directory=self.out.directory,
                env=tuple(env.items()),
                deps=deps,
            )
        )

    @builtin
    def link(self, url: str, name: str = "") -> object:
        return opaque(Link(url, name))

    @builtin
    def update_settings(self, max_parallel_updates: int = 3) -> None:
        self.out.max_parallel = max(1, max_parallel_updates)

    @builtin
    def version_settings(self, constraint: str = "", check_updates: bool = True) -> None:
        wanted = re.fullmatch(r">=\s*(\d+)\.(\d+)\.(\d+)", constraint)
        if constraint and wanted is None:
            raise UserError(f"only >=X.Y.Z is understood here, not {constraint}")
        if wanted and tuple(map(int, wanted.groups())) > FOLLOWS_TILT:
            mine = ".".join(map(str, FOLLOWS_TILT))
            raise UserError(f"this Tiltfile needs Tilt {constraint}, the engine follows Tilt {mine}", "install Tilt")


def _without_editors_files(chart: Path, copy: Path) -> Path:
    """The chart, or a copy without the backups and temporary files of editors: helm renders each as a template."""

    def unwanted(folder: str, names: list[str]) -> list[str]:
        return list(filter(left_by_editor, names))

    if not any(unwanted(folder, names + files) for folder, names, files in os.walk(chart)):
        return chart
    return shutil.copytree(chart, copy, ignore=unwanted)
