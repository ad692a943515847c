"""Random values that the schema accepts render to objects that the API accepts."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from tests.chart import go_yaml
from tests.chart.api_schemas import validate
from tests.chart.helm import Helm, parse
from tests.chart.manifests import without_secret_values
from tests.chart.random_values import random_values
from tests.chart.values import VALUES, accepted, merged

FILES, IN_A_TEST = 200, 20


@pytest.mark.parametrize("first", range(0, FILES, IN_A_TEST))
def test_random_values_render_to_valid_objects(helm: Helm, first: int) -> None:
    seeds = range(first, first + IN_A_TEST)
    files = [random_values(Random(seed)) for seed in seeds]
    for seed, values in zip(seeds, files, strict=True):
        assert accepted(merged(VALUES, values)), f"seed {seed}: {json.dumps(values)}"
    for seed, objects in zip(seeds, helm.render_all(files), strict=True):
        assert len(objects) > 10, f"seed {seed}"
        for item in objects:
            validate(item)


def test_helm_3_makes_the_same_of_random_values(helm_3: Helm, helm: Helm) -> None:
    files = [random_values(Random(seed)) for seed in range(IN_A_TEST)]
    for seed, made in enumerate(zip(helm_3.render_all(files), helm.render_all(files), strict=True)):
        by_helm_3, by_helm_4 = map(without_secret_values, made)
        assert by_helm_3 == by_helm_4, f"seed {seed}"


def test_what_random_values_render_is_the_same_in_go_and_in_python(helm: Helm, tmp_path: Path) -> None:
    for seed in range(10):
        text = helm.template(random_values(Random(seed)))
        assert go_yaml.read(helm, text, tmp_path) == parse(text), f"seed {seed}"


def test_random_values_reach_every_kind_of_object(helm: Helm) -> None:
    files = [random_values(Random(seed)) for seed in range(20)]
    kinds = {item["kind"] for objects in helm.render_all(files) for item in objects}
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress", "NetworkPolicy", "Secret"} <= kinds
