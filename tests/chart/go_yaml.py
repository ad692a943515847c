"""Reads YAML as Helm and kubectl do: by sigs.k8s.io/yaml, which takes 1e3 for a number, as PyYAML does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.chart.helm import Helm, Object

TEMPLATE = """
{{- range regexSplit "(?m)^---" (.Files.Get "input.yaml") -1 }}
{{- with fromYaml . }}
--- {{ toJson . }}
{{- end }}
{{- end }}
"""


def read(helm: Helm, text: str, scratch: Path) -> list[Object]:
    """The mappings of a stream of YAML documents; `scratch` is a folder for a chart that does nothing but read them."""
    (scratch / "templates").mkdir(exist_ok=True)
    (scratch / "Chart.yaml").write_text("{apiVersion: v2, name: reader, version: 0.1.0}")
    (scratch / "input.yaml").write_text(text)
    (scratch / "templates" / "_text.tpl").write_text('{{ define "documents" }}' + TEMPLATE + "{{ end }}")
    (scratch / "templates" / "one.yaml").write_text('documents: {{ include "documents" . | quote }}')
    quoted = helm.run("template", "reader", str(scratch)).partition("documents: ")[2]
    documents: list[Any] = [json.loads(line[4:]) for line in json.loads(quoted).splitlines() if line.startswith("--- ")]
    return documents
