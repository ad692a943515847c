"""Names and values that look like numbers, booleans, dates or nothing stay strings, wherever they are rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart import go_yaml
from tests.chart.conftest import BY_EACH_HELM
from tests.chart.helm import TEMPLATE, Helm, HelmError, Object, Values, parse
from tests.chart.manifests import name, of_kind, pod_templates, public
from tests.chart.scenarios import EVERYTHING
from tests.chart.values import COMPONENTS, LEAVES, fits, merged, nested

# What CI systems make of build numbers, commits, branches and dates.
NAMES = ("4921873", "1e3", "true", "null", "0x1f", "0b1", "2024-01-01", "on", "no", "y", "v1.2")
TEXTS = ("4921873", "1e3", "true", "null", "0x1f", "2024-01-01", "y", "~", "0123", "1_000", ".5", "1:20", "=")
PLAIN = "plainvalue"

# Leaves of every component that CI systems set from what they have at hand.
SET_LEAVES = ("image.tag", "podAnnotations.other", "nodeSelector.other")


def settled(objects: list[Object]) -> dict[str, Object]:
    """By kind and name, without contents of secrets and checksums of configuration, also where one ends a name."""
    for pod in pod_templates(objects).values():
        for checksum in ("checksum/config", "checksum/secrets"):
            pod["metadata"].get("annotations", {}).pop(checksum, None)
    for item in of_kind(objects, "Secret"):
        item["data"] = dict.fromkeys(item["data"])
    for item in of_kind(objects, "Job"):
        item["metadata"]["name"] = name(item).rpartition("-")[0]
    return {f"{item['kind']} {name(item)}": item for item in objects}


def replaced(node: Any, words: dict[str, str]) -> Any:
    """`node` with words replaced in all keys and strings."""
    if isinstance(node, dict):
        return {replaced(key, words): replaced(value, words) for key, value in node.items()}
    if isinstance(node, list):
        return [replaced(item, words) for item in node]
    if isinstance(node, str):
        for old, new in words.items():
            node = node.replace(old, new)
    return node


def assert_same_strings(helm: Helm, scratch: Path, text: str, plain: str, words: dict[str, str]) -> None:
    """`text` reads as `plain` with words replaced, in Go and in Python, which take different strings for numbers."""
    expected = settled(replaced(parse(plain), words))
    assert len(expected) > 10
    assert settled(parse(text)) == expected
    assert settled(go_yaml.read(helm, text, scratch)) == expected


@BY_EACH_HELM
@pytest.mark.parametrize("odd", NAMES)
def test_a_release_and_a_namespace_of_any_name_are_strings_everywhere(helm: Helm, tmp_path: Path, odd: str) -> None:
    plain = helm.template(EVERYTHING, release="plainrelease", namespace="plainspace")
    text = helm.template(EVERYTHING, release=odd, namespace=odd)
    # Names of Services start with a letter, and have no dots.
    prefix = f"todo-{odd}" if odd[0].isdigit() else {"v1.2": "v1-2-0e4f5b"}.get(odd, odd)
    words = {"plainrelease-": f"{prefix}-", "plainrelease": odd, "plainspace": odd}
    assert_same_strings(helm, tmp_path, text, plain, words)


@BY_EACH_HELM
@pytest.mark.parametrize(
    ("key", "odd"), [("backend", "true"), ("mcpServer", "null"), ("frontend", "on"), ("postgres", "y")]
)
def test_a_service_of_any_name_is_called_by_it(helm: Helm, tmp_path: Path, key: str, odd: str) -> None:
    plain, text = (helm.template(EVERYTHING, {key: {"service": {"name": word}}}) for word in (PLAIN, odd))
    assert_same_strings(helm, tmp_path, text, plain, {PLAIN: odd})


def spellings(text: str) -> list[Any]:
    """Values that contain `text`: a leaf takes one of them, or none."""
    tolerations = [{"key": text, "operator": "Equal", "value": text}]
    return [text, {text: text}, {"OTHER": text}, [text], [{"name": text}], tolerations]


def free_leaves(odd: str) -> tuple[Values, Values]:
    """Two sets of values with PLAIN and `odd` in every leaf that takes both."""
    plain, text = EVERYTHING, EVERYTHING
    for path in LEAVES:
        if ".service." in path or "Secret" in path or path.endswith((".url", ".baseUrl", ".otlpEndpoint", ".keys")):
            continue
        for one, other in zip(spellings(PLAIN), spellings(odd), strict=True):
            if fits(path, one) and fits(path, other):
                plain, text = merged(plain, nested(path, one)), merged(text, nested(path, other))
                break
    return plain, text


@BY_EACH_HELM
@pytest.mark.parametrize("odd", TEXTS)
def test_a_value_is_the_string_that_was_given(helm: Helm, tmp_path: Path, odd: str) -> None:
    plain, text = (helm.template(values) for values in free_leaves(odd))
    assert text.count(odd) > 10
    assert_same_strings(helm, tmp_path, text, plain, {PLAIN: odd})


@BY_EACH_HELM
@pytest.mark.parametrize("odd", ["4921873", "1e3", "true", "0x1f", "2024-01-01", "null"])
def test_a_secret_of_any_name_is_mounted_by_it(helm: Helm, tmp_path: Path, odd: str) -> None:
    plain, text = (
        helm.template(
            {
                "backend": {key: {"existingSecret": word} for key in ("database", "openai", "jwt")},
                "postgres": {"existingSecret": word},
                "global": {"imagePullSecrets": [{"name": word}]},
            }
        )
        for word in (PLAIN, odd)
    )
    assert_same_strings(helm, tmp_path, text, plain, {PLAIN: odd})


# Where CI systems put what they have at hand with `--set`, which makes numbers and booleans of it.
BY_SET = (
    *(f"{key}.{leaf}" for key in (*COMPONENTS, "postgres") for leaf in SET_LEAVES),
    *(f"{key}.extraEnv.OTHER" for key in COMPONENTS),
    "backend.openai.model",
    "ingress.annotations.other",
)


@BY_EACH_HELM
@pytest.mark.parametrize("odd", ["4921873", "9007199254740991", "0", "-1", "true", "1e3", "0123", "2024-01-01"])
def test_set_gives_the_same_text_as_set_string(helm: Helm, odd: str) -> None:
    def rendered(option: str, *overlays: Values) -> list[Object]:
        taken = [path for path in BY_SET if not (odd == "-1" and path.endswith(("tag", "nodeSelector.other")))]
        options = [word for path in taken for word in (option, f"{path}={odd}")]
        return public(parse(helm.run(*TEMPLATE, *helm.values_arguments((EVERYTHING,)), *options)))

    assert rendered("--set") == rendered("--set-string")


@BY_EACH_HELM
def test_a_number_in_a_values_file_is_the_same_text(helm: Helm) -> None:
    """As numbers of `--set` come back from the cluster at the next upgrade that reuses them."""
    numbers, texts = (
        {"backend": {"image": {"tag": value}, "podAnnotations": {"build": value}, "extraEnv": {"BUILD": value}}}
        for value in (4921873, "4921873")
    )
    assert public(helm.render(numbers)) == public(helm.render(texts))


@BY_EACH_HELM
@pytest.mark.parametrize("value", [0.5, 2**53, 1e300])
def test_a_number_that_has_lost_its_spelling_is_refused(helm: Helm, value: float) -> None:
    with pytest.raises(HelmError, match="schema(?s:.)*backend.image.tag"):
        helm.render({"backend": {"image": {"tag": value}}})
