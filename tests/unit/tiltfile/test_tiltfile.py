"""What a Tiltfile describes, and that its mistakes are reported with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Link, LocalResource, PortForward, Run, Sync
from tests.unit.fakes import FakeRunner
from tests.unit.tiltfile.tiltfiles import error, load, names, workload

YAML = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {part: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: migrate, image: "shop-web:1"}]
      containers: [{name: web, image: "docker.io/shop-web:1.2@sha256:abc"}, {name: side, image: other}]
---
apiVersion: v1
kind: Service
metadata: {name: web-service, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop, labels: {part: web}}
---
apiVersion: v1
kind: Secret
metadata: {name: settings, namespace: shop}
"""
NAMELESS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {}}\n"
IMAGE = "docker_build('shop-web', 'web', live_update=[{}])\n"


def half(kind: str, spec: str) -> str:
    """A workload that is being written."""
    return f"apiVersion: x/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  {spec}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "latin.yaml").write_bytes(b"a: b\nc: \xe4\n")
    (tmp_path / "no-shebang").write_text("true\n")
    (tmp_path / "no-shebang").chmod(0o755)
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "all.yaml").write_text(YAML)
    return tmp_path


def test_a_workload_takes_its_services_and_its_images_and_leaves_the_rest(folder: Path) -> None:
    env = load(folder, "k8s_yaml('all.yaml')\n" + IMAGE.format("sync('web/src', '/app/src')"))
    assert names(workload(env, "web")) == ["Deployment/web", "Service/web-service"]
    assert workload(env, "web").images == ("shop-web",)
    assert names(workload(env, "uncategorized")) == ["ConfigMap/settings", "Secret/settings"]
    assert env.images["shop-web"].rules.syncs == (Sync(folder / "web/src", "/app/src"),)
    assert env.warnings == ()


def test_k8s_resource_renames_groups_and_decorates(folder: Path) -> None:
    env = load(
        folder,
        "k8s_yaml('all.yaml')\n"
        "k8s_resource('web', new_name='shop', objects=['settings:configmap'], labels=['a'], resource_deps=['rest'],\n"
        "             links=['http://x', link('http://y', 'why')], port_forwards=['8000:80', 9000],\n"
        "             trigger_mode=TRIGGER_MODE_MANUAL, auto_init=False)\n"
        "k8s_resource(new_name='rest', objects=['settings:secret:shop'])\n",
    )
    shop = workload(env, "shop")
    assert names(shop) == ["Deployment/web", "Service/web-service", "ConfigMap/settings"]
    assert shop.links == (Link("http://x"), Link("http://y", "why"))
    assert shop.port_forwards == (PortForward(8000, 80), PortForward(9000, 9000))
    assert (shop.labels, shop.resource_deps, shop.manual, shop.auto_init) == (("a",), ("rest",), True, False)
    assert [resource.name for resource in env.resources] == ["shop", "rest"]


def test_top_level_statements_functions_and_the_subcommand_work(folder: Path) -> None:
    text = (
        "names = []\n"
        "for name in ['a', 'b']:\n"
        "    names += [name]\n"
        "def test(name, **kwargs):\n"
        "    local_resource(name, cmd=['run', name], auto_init=config.tilt_subcommand == 'ci', **kwargs)\n"
        "if config.tilt_subcommand in ('up', 'ci'):\n"
        "    [test(name, labels=['tests']) for name in names]\n"
    )
    for subcommand, auto in (("up", False), ("ci", True), ("down", None)):
        found = load(folder, text, subcommand).resources
        assert [resource.auto_init for resource in found] == ([] if auto is None else [auto, auto])
    first = load(folder, text).resources[0]
    assert isinstance(first, LocalResource)
    assert (first.argv, first.directory) == (("run", "a"), folder)


def test_local_commands_get_their_arguments_and_give_their_output(folder: Path) -> None:
    runner = FakeRunner({"./dev bases": (0, json.dumps({"args": {"BASE": "x:1"}}), "")})
    env = load(
        folder,
        "bases = decode_json(local(['./dev', 'bases'], quiet=True))\n"
        "local('echo hi && true', env={'A': 'b'})\n"
        "docker_build('i', 'web', target='dev', build_args=bases['args'], secret='id=ca,src=/ca')\n",
        runner=runner,
    )
    assert env.images["i"].build_args == (("BASE", "x:1"),)
    assert (env.images["i"].target, env.images["i"].secrets) == ("dev", ("id=ca,src=/ca",))
    assert [call.argv for call in runner.calls] == [("./dev", "bases"), ("sh", "-c", "echo hi && true")]
    assert runner.calls[1].env == {"A": "b"}
    assert env.warnings == ("image i is used by no workload",)


def test_helm_is_rendered_with_namespace_and_without_test_hooks(folder: Path) -> None:
    (folder / "chart").mkdir()
    (folder / "chart/Chart.yaml").write_text("name: x\n")
    rendered = (
        "---\n# Source: x/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
        "---\n# Source: x/templates/tests/t.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: t}\n"
        "---\n# Source: x/templates/b.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: other}\n"
    )
    runner = FakeRunner({"helm template": (0, rendered, "")})
    call = "helm('chart', name='r', namespace='n', values=['v.yaml'], set=['a=b'])"
    env = load(folder, f"k8s_yaml({call})\n", runner=runner)
    found = workload(env, "uncategorized").objects
    assert [(item["metadata"]["name"], item["metadata"]["namespace"]) for item in found] == [("a", "n"), ("b", "other")]
    rendering = f"helm template r {folder}/chart --include-crds --namespace n --values {folder}/v.yaml --set a=b"
    assert runner.argvs() == [rendering]
    assert {folder / "chart", folder / "v.yaml", folder / "Tiltfile"} <= set(env.config_files)


def test_the_environment_names_every_file_that_it_depends_on(folder: Path) -> None:
    (folder / ".tiltignore").write_text("*.log\n# no\n")
    env = load(folder, "k8s_yaml('all.yaml')\n" + IMAGE.format(""))
    assert env.tiltignore == ("*.log",)
    assert {path.relative_to(folder).as_posix() for path in env.config_files} == {
        "Tiltfile", ".tiltignore", "all.yaml", "web/Dockerfile", "web/Dockerfile.dockerignore", "web/.dockerignore",
    }  # fmt: skip


def test_live_update_steps_keep_their_order_and_triggers_are_local_paths(folder: Path) -> None:
    steps = "fall_back_on(['web/a', 'web/b']), sync('web/src', '/s'), run('x', trigger='web/src/y'), run(['z', '1'])"
    rules = load(folder, IMAGE.format(steps)).images["shop-web"].rules
    assert rules.fall_back_on == (folder / "web/a", folder / "web/b")
    assert rules.runs == (Run(("sh", "-c", "x"), (folder / "web/src/y",)), Run(("z", "1")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = \n", "/Tiltfile:2: unexpected new line"),
        ("\nfoo()\n", "/Tiltfile:2: Variable `foo` not found; this engine knows TRIGGER_MODE_AUTO"),
        ("load('ext://x', 'y')\n", "/Tiltfile:1: load: ext://x is an extension, which Tilt clones"),
        ("\n\nsync('web')\n", "/Tiltfile:3: sync: missing a required argument: 'remote_path'"),
        ("def f():\n    sync('web', 'relative')\nf()\n", "/Tiltfile:2: sync: destination 'relative' is not"),
        ("docker_build('x', 'web', entrypoint='x')\n", "/Tiltfile:1: docker_build: got an unexpected keyword"),
        ("docker_build('x', 'nowhere')\n", "/Tiltfile:1: docker_build: image x has no Dockerfile at /nowhere"),
        ("docker_build(1, 'web')\n", "/Tiltfile:1: docker_build: ref must be a string, not 1"),
        ("docker_build('x', 'web')\ndocker_build('x', 'web')\n", "/Tiltfile:2: docker_build: image x is defined twice"),
        (IMAGE.format("run('x'), sync('web/s', '/s')"), "/Tiltfile:1: docker_build: live_update of shop-web: the"),
        (IMAGE.format("sync('web/s', '/s'), fall_back_on('web/x')"), "live_update of shop-web: the order"),
        (IMAGE.format("sync('other', '/s')"), "live_update of shop-web: /other is outside of the build"),
        (IMAGE.format("fall_back_on('other')"), "live_update of shop-web: /other is outside of the build"),
        (IMAGE.format("sync('web/s', '/s'), run('x', trigger='/app/s/y')"), "can never fire, no sync covers it"),
        (IMAGE.format("'sync'"), "docker_build: live_update must be sync(), run() or fall_back_on(), or a"),
        ("fail('no kubectl')\n", "/Tiltfile:1: fail: no kubectl"),
        ("decode_json('{')\n", "/Tiltfile:1: decode_json: Expecting property name"),
        ("k8s_yaml('gone.yaml')\n", "/Tiltfile:1: k8s_yaml: cannot read /gone.yaml: No such file"),
        ("k8s_yaml('latin.yaml')\n", "/Tiltfile:1: k8s_yaml: /latin.yaml:2: there is a byte that is not UTF-8"),
        ("k8s_yaml('a: b\\n')\n", "/Tiltfile:1, YAML line 1: a document is not a Kubernetes object"),
        ("k8s_yaml('- a\\n')\n", "/Tiltfile:1, YAML line 1: a document is not a Kubernetes object"),
        ("k8s_yaml('a: [\\n')\n", "/Tiltfile:1: k8s_yaml: while parsing a flow node"),
        (f"k8s_yaml({NAMELESS!r})\n", "YAML line 1: a ConfigMap has no metadata.name"),
        (f"k8s_yaml({half('Deployment', 'replicas: 1')!r})\n", "YAML line 1: Deployment web has no containers"),
        (f"k8s_yaml({half('CronJob', 'jobTemplate:')!r})\n", "YAML line 1: CronJob web has no containers"),
        (f"k8s_yaml({half('Pod', 'containers: [x]')!r})\n", "YAML line 1: Pod web has no containers"),
        ("local(['./no-shebang'])\n", "/Tiltfile:1: local: ./no-shebang cannot be started: Exec format error"),
        ("k8s_resource(new_name='x')\n", "/Tiltfile:1: k8s_resource: name a workload, or a new_name with its objects"),
        ("k8s_resource('x', port_forwards=['a:b'])\n", "port_forwards must be PORT or LOCAL:CONTAINER (1 "),
        ("local_resource('a', 'x', resource_deps=['b'])\n", "'a' depends on 'b', which is no resource; resources are"),
        ("local_resource('a', 'x')\nlocal_resource('a', 'y')\n", "/Tiltfile:2: two resources are named 'a'"),
        ("version_settings(constraint='>=99.0.0')\n", "version_settings: this Tiltfile needs Tilt >=99.0.0, the"),
        ("config.nothing\n", "/Tiltfile:1: Object of type `struct` has no attribute `nothing`"),
        ("x = 'a' + 1\n", "/Tiltfile:1: Operation `+` not supported for types `string` and `int`; fix it"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_on_one_line_with_its_place(folder: Path, text: str, message: str) -> None:
    found = error(folder, text)
    assert message in found
    assert "\n" not in found


def test_a_failing_local_command_says_which_and_why(folder: Path) -> None:
    (folder / "Tiltfile").write_text("\nlocal(['./dev', 'secrets'])\n")
    runner = FakeRunner({"./dev secrets": (1, "", "error: no cluster; run ./dev cluster up\n")})
    with pytest.raises(UserError, match=r"Tiltfile:2: local: ./dev secrets: error: no cluster; run ./dev cluster up"):
        evaluate(folder / "Tiltfile", "up", runner)


def test_a_missing_tiltfile_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read .*Tiltfile"):
        evaluate(tmp_path / "Tiltfile", "up", FakeRunner())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("Tiltfile", b"x = 1\n# \xe4\n", "/Tiltfile:2: there is a byte that is not UTF-8; save the file as UTF-8"),
        (".tiltignore", b"a\n\n\xff\n", "/.tiltignore:3: there is a byte that is not UTF-8"),
        (".tiltignore", b"a\n# no\n**/[z-a].py\n", "/.tiltignore:3: **/[z-a].py is not a valid pattern: bad character"),
    ],
)
def test_a_mistake_in_a_file_is_reported_with_its_line(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / "Tiltfile").write_text("x = 1\n")
    (folder / name).write_bytes(content)
    with pytest.raises(UserError) as raised:
        evaluate(folder / "Tiltfile", "up", FakeRunner())
    assert message in str(raised.value)


def test_arguments_have_the_names_that_tilt_gives_them(folder: Path) -> None:
    (folder / "chart").mkdir()
    (folder / "chart/Chart.yaml").write_text("name: x\n")
    runner = FakeRunner({"helm template": (0, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "")})
    env = load(
        folder,
        "k8s_yaml(yaml=helm(paths='chart', name='r', set=['a=b']))\n"
        "decode_yaml_stream(yaml='a: b')\n"
        "decode_json(json='{}')\n"
        "docker_build(ref='x', context='web', live_update=[fall_back_on(paths='web/a')])\n",
        runner=runner,
    )
    assert names(workload(env, "uncategorized")) == ["ConfigMap/a"]
    assert "--set a=b" in runner.argvs()[0]
    assert "it takes yaml" in error(folder, "k8s_yaml(text='x')\n")


def test_what_local_commands_print_is_handed_over_unless_they_are_quiet(folder: Path) -> None:
    runner = FakeRunner({"./a": (0, "out\n", "warning: careful\n"), "./b": (0, "b\n", "b\n"), "./c": (1, "why\n", "")})
    (folder / "Tiltfile").write_text("local(['./a'])\nlocal(['./b'], quiet=True, echo_off=True)\nlocal(['./c'])\n")
    heard: list[str] = []
    with pytest.raises(UserError, match=":3: local: ./c: why"):
        evaluate(folder / "Tiltfile", "up", runner, log=heard.append)
    assert heard == ["local: ./a", "warning: careful", "out", "local: ./c", "why"]


def test_an_image_changes_with_its_dockerfile(folder: Path) -> None:
    before = load(folder, IMAGE.format("")).images["shop-web"]
    (folder / "web/Dockerfile").write_text("FROM scratch\nUSER 1\n")
    assert load(folder, IMAGE.format("")).images["shop-web"] != before
