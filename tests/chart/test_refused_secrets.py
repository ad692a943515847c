"""A refused value is never shown where it may be a secret; the error names its key and the way out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.chart.conftest import BY_EACH_HELM
from tests.chart.helm import TEMPLATE, Helm, HelmError, parse
from tests.chart.manifests import one
from tests.chart.test_secrets import decoded
from tests.chart.values import nested

pytestmark = BY_EACH_HELM

MARK = "SeCrEt7"
KEYS = f"k1:{MARK}{40 * 'a'}"
TWO = f"{KEYS},k2:{40 * 'b'}"

# Key → values that the chart refuses; each is one that somebody could put there by mistake.
REFUSED: dict[str, list[Any]] = {
    "backend.jwt.keys": [f"k1:{MARK}", MARK, f"{KEYS},", f"{KEYS}, k2:x", f"{KEYS} {KEYS}", {"k1": MARK}, [MARK], 7],
    "backend.openai.apiKey": [{MARK: None}, [MARK], f"{MARK} {MARK}"],
    "telemetry.otlpEndpoint": [
        f"https://user:{MARK}@collector:4318",
        MARK,
        *(f"http://collector:{port}/{MARK}" for port in ("0", "65536", "99999", "x")),
    ],
    "backend.openai.baseUrl": [f"https://user:{MARK}@models/v1", f"models {MARK}", MARK, f"http://models:65536/{MARK}"],
    "backend.database.url": [
        f"postgresql://todo:{MARK}@db/todo",
        f"postgresql://todo@db/todo?password={MARK}",
        f"postgresql://todo@db:{MARK}/todo",
        f"{MARK}%zz://",
        f"postgresql://{MARK}@db:65536/todo",
        f"postgresql://todo@db/todo?application_name={MARK}&port=6432",
    ],
    "backend.image.registry": [f"user:{MARK}@registry.example.com"],
    "global.imageRegistry": [f"https://user:{MARK}@registry.example.com", f"a {MARK}"],
    "global.imagePullSecrets": [[{"name": MARK}]],
    "ingress.tlsSecret": [f"-----BEGIN {MARK}"],
    **{
        key: [KEYS, f"sk-{MARK}", [MARK], {MARK: MARK}]
        for key in (
            "backend.database.existingSecret",
            "backend.openai.existingSecret",
            "backend.jwt.existingSecret",
            "postgres.existingSecret",
        )
    },
}


def refusal(helm: Helm, *options: str) -> str:
    with pytest.raises(HelmError) as refused:
        helm.run(*TEMPLATE, *options)
    return str(refused.value)


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in REFUSED.items() for value in values], ids=str
)
def test_what_may_be_a_secret_is_refused_by_its_key_alone(helm: Helm, key: str, value: Any) -> None:
    elsewhere = {"postgres": {"enabled": False}} if key == "backend.database.url" else {}
    message = refusal(helm, *helm.values_arguments((nested(key, value), elsewhere)))
    assert MARK not in message
    # Helm writes /backend/jwt/keys where a type is wrong.
    assert key in message.replace("/", ".")


@pytest.mark.parametrize("section", ["backend.jwt", "backend.openai", "backend.database"])
def test_a_key_beside_a_secret_may_be_a_piece_of_it(helm: Helm, section: str) -> None:
    """As in {keys:k1:secret}, where YAML needs a space."""
    message = refusal(helm, *helm.values_arguments((nested(section, {f"keys:{MARK}": "x"}),)))
    assert MARK not in message
    assert re.search(f"{section} has a key that the chart does not know, beside .*existingSecret", message)


def test_a_piece_that_a_comma_cut_off_is_not_shown(helm: Helm) -> None:
    message = refusal(helm, "--set", f"backend.jwt.keys={40 * 'a'},{MARK}=")
    assert MARK not in message
    assert "values have a key that the chart does not know, beside backend, " in message
    assert "--set-file" in message


def test_a_key_without_a_value_is_shown_by_helm_itself(helm: Helm) -> None:
    """Why README.md says to give secrets by files: the chart is not asked."""
    assert f'key "k2:{MARK}" has no value' in refusal(helm, "--set", f"backend.jwt.keys={KEYS},k2:{MARK}")


def test_a_misspelt_section_is_refused_with_those_there_are(helm: Helm) -> None:
    assert "beside backend, " in refusal(helm, "--set", "backnd.replicaCount=2")


def given(helm: Helm, *options: str, stdin: str = "") -> dict[str, str]:
    """What stands in the chart's Secret."""
    argv = [helm.program, *TEMPLATE, *options]
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True, env={"HOME": str(helm.home)})
    return decoded(one(parse(done.stdout), "Secret", "todo-secrets"))


def test_a_file_given_by_set_file_is_taken_whole(helm: Helm, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{TWO}\n")
    assert given(helm, "--set-file", f"backend.jwt.keys={path}")["jwt-keys"] == TWO
    found = given(helm, "--set-file", "backend.openai.apiKey=/dev/stdin", stdin="sk-a,b=c\n")
    assert found["openai-api-key"] == "sk-a,b=c"


def test_values_on_standard_input_are_taken_whole(helm: Helm) -> None:
    found = given(helm, "-f", "-", stdin=f'{{backend: {{jwt: {{keys: "{TWO}"}}}}}}')
    assert found["jwt-keys"] == TWO
