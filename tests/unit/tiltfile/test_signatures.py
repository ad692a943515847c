"""Arguments of built-ins: each kind is converted, and a wrong one is named with what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.tiltfile.model import Link, LocalResource
from tests.unit.tiltfile.tiltfiles import error, load


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("sync('a', 1)", "sync: remote_path must be a string, not 1"),
        ("sync(None, '/a')", "sync: local_path must be a path, not None"),
        ("sync()", "sync: missing a required argument: 'local_path'; it takes local_path, remote_path"),
        ("sync('a', '/a', 1)", "sync: too many positional arguments; it takes local_path, remote_path"),
        ("k8s_yaml()", "k8s_yaml: missing a required argument: 'yaml'; it takes yaml"),
        ("k8s_yaml(text='x')", "k8s_yaml: missing a required argument: 'yaml'; it takes yaml"),
        ("helm('c', set={'a': 'b'}, sets=1)", "helm: got an unexpected keyword argument 'sets'; it takes paths, name"),
        ("helm('c', set=[['a=b']])", "helm: set must be a string, or a list of those, not a list"),
        ("helm('c', values=3)", "helm: values must be a path, or a list of those, not 3"),
        ("run(struct(a=1))", "run: cmd must be a string or a list of strings, not a dict"),
        ("local(['a', 1])", "local: command must be a string or a list of strings, not 1"),
        ("local_resource('a', [])", "cmd must be a string or a list of strings, not an empty list"),
        ("local('')", "command must be a string or a list of strings, not ''"),
        ("v1alpha1.cmd('a', [], v1alpha1.start_on_spec(['b']))", "command 'a' has no args; give it a program"),
        ("local('a', quiet=1)", "local: quiet must be True or False, not 1"),
        ("local('a', env={'A': 1})", "local: env must be a dict of strings, not 1"),
        ("local('a', env={1: 'a'})", "local: env must be a dict of strings, not"),
        ("local('a', env='A=1')", "local: env must be a dict of strings, not 'A=1'"),
        ("k8s_resource('a', links=[1])", "k8s_resource: links must be a URL or link(), or a list of those, not 1"),
        ("k8s_resource('a', links=sync('a', '/a'))", "links must be a URL or link(), or a list of those, not a sync"),
        ("k8s_resource('a', trigger_mode=7)", "trigger_mode must be TRIGGER_MODE_AUTO or TRIGGER_MODE_MANUAL, not 7"),
        ("k8s_resource('a', port_forwards='1:2:3')", "port_forwards must be PORT or LOCAL:CONTAINER (1 to"),
        ("k8s_resource('a', port_forwards=['65536:80'])", "(1 to 65535), or a list of those, not '65536:80'"),
        ("k8s_resource('a', port_forwards=0)", "(1 to 65535), or a list of those, not 0"),
        ("k8s_resource('a', auto_init='no')", "k8s_resource: auto_init must be True or False, not 'no'"),
        ("update_settings(True)", "update_settings: max_parallel_updates must be a whole number, not True"),
        (
            "docker_build('a', 'b', live_update=run)",
            "a value of type function is not an argument that a built-in takes",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_what_was_expected(tmp_path: Path, call: str, message: str) -> None:
    found = error(tmp_path, f"\n{call}\n")
    assert found.startswith("/Tiltfile:2: ")
    assert message in found


def test_one_value_is_a_list_of_one_and_none_is_the_default(tmp_path: Path) -> None:
    text = (
        "local_resource('a', 'true', deps='x/../y', links='http://x', labels={'l': 1}, env=None, trigger_mode=None)\n"
        "local_resource('b', ['true'], deps=None, links=[link('http://x', name='n')], auto_init=None)\n"
    )
    first, second = load(tmp_path, text).resources
    assert isinstance(first, LocalResource) and isinstance(second, LocalResource)
    assert (first.argv, first.deps, first.links) == (("sh", "-c", "true"), (tmp_path / "y",), (Link("http://x"),))
    assert (first.labels, first.env, first.manual) == (("l",), (), False)
    assert (second.argv, second.deps, second.links) == (("true",), (), (Link("http://x", "n"),))
    assert second.auto_init is True
