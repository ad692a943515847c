"""A Minikube that answers as its releases do: its profiles, their state, and what was asked of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from scripts.cluster.minikube.provider import Minikube
from scripts.core.progress import Steps
from scripts.core.runner import Result
from tests.unit.cluster.cluster_home import MINIKUBE_EXTENSION, write_kubeconfig
from tests.unit.fakes import FakeRunner

LIST = "minikube profile list --light --output json"
STOPPED = {"Host": "Stopped", "Kubelet": "Stopped", "APIServer": "Stopped", "Kubeconfig": "Stopped"}
RUNNING = {"Host": "Running", "Kubelet": "Running", "APIServer": "Running", "Kubeconfig": "Configured"}


def profile(name: str = "minikube", *, active: bool = False, nodes: int = 1, **config: Any) -> dict[str, Any]:
    """One entry of the profile list, by default with the docker driver and runtime."""
    kubernetes = {"KubernetesVersion": config.get("kubernetes", "v1.34.1"), "ContainerRuntime": "docker"}
    kubernetes["ContainerRuntime"] = config.get("runtime", "docker")
    details = {
        "Name": name,
        "Driver": config.get("driver", "docker"),
        "Nodes": [{"Name": str(number)} for number in range(nodes)],
        "Addons": config.get("addons", {"storage-provisioner": True, "registry": False}),
        "KubernetesConfig": kubernetes,
    }
    return {"Name": name, "Status": "Skipped", "Active": active, "Config": details}


def listed(*profiles: dict[str, Any]) -> tuple[int, str, str]:
    return 0, json.dumps({"invalid": [], "valid": list(profiles)}), ""


def state(parts: dict[str, str] | None, name: str = "minikube") -> tuple[int, str, str]:
    if parts is None:
        return 85, '{"specversion":"1.0","data":{"message":"Profile not found"}}\n', ""
    return (0 if parts == RUNNING else 7), json.dumps({"Name": name, **parts}), ""


def minikube(*profiles: dict[str, Any], running: str = "", **answers: tuple[int, str, str]) -> FakeRunner:
    """A Minikube that has these profiles, of which one runs; keys of `answers` are argv with _ for a space."""
    statuses = {
        f"minikube status --profile {item['Name']}": state(RUNNING if item["Name"] == running else STOPPED)
        for item in profiles
    }
    scripted = {words.replace("_", " "): answer for words, answer in answers.items()}
    return FakeRunner(
        {
            "minikube version": (0, "v1.38.1\n", ""),
            LIST: listed(*profiles),
            "minikube status": state(None),
            **statuses,
            **scripted,
        }
    )


class Starting(FakeRunner):
    """Everything runs once `minikube start` has been called."""

    def run(self, argv: Any, **options: Any) -> Result:
        result = super().run(argv, **options)
        if argv[:2] == ["minikube", "start"] and result.returncode == 0:
            name = argv[argv.index("--profile") + 1]
            self.answers[f"minikube status --profile {name}"] = state(RUNNING)
            self.answers[LIST] = listed(profile(name))
        return result


def started(runner: FakeRunner) -> list[str]:
    return [argv for argv in runner.argvs() if argv.startswith("minikube start")]


def start(runner: FakeRunner) -> str:
    """Start, and return what was said meanwhile."""
    said = io.StringIO()
    Minikube(runner).start(Steps(said))
    return said.getvalue()


def context(home: Path, server: str = "https://192.168.49.2:8443", name: str = "minikube") -> None:
    cluster = {"server": server, "extensions": [MINIKUBE_EXTENSION]}
    write_kubeconfig(home / ".kube" / "config", name, {name: cluster})
