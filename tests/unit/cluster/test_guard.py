"""Which clusters may be touched, decided from files alone."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster import guard, kubeconfig
from scripts.cluster.api import connect
from scripts.cluster.current.provider import Current
from scripts.cluster.minikube.provider import Minikube
from scripts.core.errors import UserError
from tests.unit.cluster.cluster_home import MINIKUBE_EXTENSION, own_home, serve_api, write_kubeconfig
from tests.unit.fakes import FakeRunner


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield own_home(tmp_path, monkeypatch)


def context_of(home: Path, name: str, cluster: str | dict[str, Any]) -> kubeconfig.Context:
    write_kubeconfig(home / ".kube" / "config", name, {name: cluster})
    return kubeconfig.read().contexts[name]


@pytest.mark.parametrize(
    ("name", "server", "product"),
    [
        ("kind-a", "https://127.0.0.1:41234", "kind"),
        ("k3d-a", "https://0.0.0.0:6550", "k3d"),
        ("k3d-a", "https://host.docker.internal:6550", "k3d"),
        ("docker-desktop", "https://kubernetes.docker.internal:6443", "docker-desktop"),
        ("rancher-desktop", "https://127.0.0.1:6443", "rancher-desktop"),
        ("orbstack", "https://127.0.0.1:26443", "orbstack"),
        ("minikube", "https://[::1]:8443", "minikube"),
        ("kind-prod", "https://prod.example.com", ""),
        ("kind-prod", "https://203.0.113.7:6443", ""),
        ("minikube", "https://10.1.2.3:8443", ""),
        ("docker-desktop", "https://192.168.1.10:6443", ""),
        ("gke_team_europe_prod", "https://127.0.0.1:8443", ""),
        ("prod", "https://127.0.0.1.example.com", ""),
        ("kind-nothing", "", ""),
    ],
)
def test_a_product_is_known_by_its_name_and_a_server_on_this_machine(
    home: Path, name: str, server: str, product: str
) -> None:
    assert guard.product(context_of(home, name, server)) == product


def test_minikube_is_known_by_what_it_writes_and_by_its_ca(home: Path) -> None:
    server = "https://192.168.49.2:8443"
    assert guard.product(context_of(home, "dev", {"server": server, "extensions": [MINIKUBE_EXTENSION]})) == "minikube"
    inside = str(home / ".minikube" / "ca.crt")
    assert guard.product(context_of(home, "dev", {"server": server, "certificate-authority": inside})) == "minikube"
    outside = str(home / ".minikube" / ".." / "ca.crt")
    assert guard.product(context_of(home, "dev", {"server": server, "certificate-authority": outside})) == ""
    public = {"server": "https://203.0.113.7", "extensions": [MINIKUBE_EXTENSION]}
    assert guard.product(context_of(home, "dev", public)) == ""


def test_extensions_that_are_no_list_are_none(home: Path) -> None:
    server = {"server": "https://127.0.0.1:6443", "extensions": 5}
    assert guard.product(context_of(home, "kind-a", server)) == "kind"


def test_a_proxy_makes_every_address_unknown(home: Path) -> None:
    proxied = {"server": "https://127.0.0.1:6443", "proxy-url": "socks5://bastion.example.com:1080"}
    assert guard.product(context_of(home, "kind-a", proxied)) == ""


def test_the_refusal_names_context_server_and_the_file_that_allows_it(home: Path) -> None:
    context = context_of(home, "prod", "https://admin:hunter2@prod.example.com:6443")
    with pytest.raises(UserError) as refused:
        guard.check(context)
    assert "context prod at https://prod.example.com:6443 " in refused.value.what
    assert "hunter2" not in str(refused.value)
    assert refused.value.fix.endswith(f"add the line prod to {home}/.config/todo-stack/allowed-contexts")


def test_what_the_user_allows_is_allowed(home: Path) -> None:
    context = context_of(home, "prod", "https://prod.example.com")
    guard.allow_file().parent.mkdir(parents=True)
    guard.allow_file().write_text("# mine\n  other \n#prod\nprod-2\n")
    assert guard.refusal(context)
    guard.allow_file().write_text("other\nprod\n")
    assert guard.refusal(context) == ""


def test_nothing_is_asked_of_a_cluster_that_is_refused(home: Path) -> None:
    with serve_api() as api:
        proxied = {"server": api.url, "proxy-url": "http://bastion.example.com"}
        write_kubeconfig(home / ".kube" / "config", "prod", {"prod": api.url, "minikube": proxied})
        current, minikube = Current(FakeRunner()), Minikube(FakeRunner(), profile="minikube")
        asks: list[Callable[[], object]] = [
            *(partial(connect, current), current.status, current.image_route, partial(current.node_url, 30300)),
            *(partial(connect, minikube), minikube.kubeconfig, partial(minikube.node_url, 30300)),
        ]
        for ask in asks:
            with pytest.raises(UserError, match="so nothing was read from it or written to it"):
                ask()
        assert api.requests == []
        guard.allow_file().parent.mkdir(parents=True)
        guard.allow_file().write_text("prod\n")
        assert Current(FakeRunner()).status().state == "running"
        assert api.requests == ["GET /version"]


def test_kubeconfig_files_are_merged_as_kubectl_does(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write_kubeconfig(home / "one", "", {"kind-a": "https://127.0.0.1:1"})
    servers = {"kind-a": "https://127.0.0.1:2", "kind-b": "https://127.0.0.1:3"}
    two = write_kubeconfig(home / "two", "kind-b", servers)
    monkeypatch.setenv("KUBECONFIG", f"{home / 'missing'}:{one}:{two}")
    known = kubeconfig.read()
    assert known.current == "kind-b"
    assert {name: (found.server, found.path) for name, found in known.contexts.items()} == {
        "kind-a": ("https://127.0.0.1:1", one),
        "kind-b": ("https://127.0.0.1:3", two),
    }


def test_a_context_whose_parts_stand_in_several_files_needs_them_all(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "context").write_text("contexts: [{name: kind-a, context: {cluster: kind-a, user: kind-a}}]")
    parts = write_kubeconfig(home / "parts", "", {"kind-a": "https://127.0.0.1:1"})
    monkeypatch.setenv("KUBECONFIG", f"{home / 'context'}:{parts}")
    context = kubeconfig.read().contexts["kind-a"]
    assert (str(context.path), context.server) == (f"{home / 'context'}:{parts}", "https://127.0.0.1:1")


def test_a_kubeconfig_that_is_no_yaml_is_named(home: Path) -> None:
    path = home / ".kube" / "config"
    path.parent.mkdir()
    path.write_text("clusters: [")
    with pytest.raises(UserError, match=f"kubeconfig {path} cannot be read"):
        kubeconfig.read()


def test_no_kubeconfig_is_no_error(home: Path) -> None:
    assert kubeconfig.read().contexts == {}
    assert Current(FakeRunner()).available() == f"no context is in use in kubeconfig {home}/.kube/config"
