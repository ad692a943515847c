{{/* Names, labels and images. Arguments, in a dict: root (the top context), name (of the component, as in its label). */}}

{{/* A number or boolean of `--set` as the text that was typed; strings as they are. */}}
{{- define "todo-stack.text" -}}
{{- kindIs "string" . | ternary . (toJson .) -}}
{{- end -}}

{{/* The same in quotes. All names and free values are rendered by this, as YAML reads some, such as 1e3, as numbers. */}}
{{- define "todo-stack.string" -}}
{{- include "todo-stack.text" . | quote -}}
{{- end -}}

{{/* A mapping of strings. */}}
{{- define "todo-stack.strings" -}}
{{- $lines := list -}}
{{- range $key, $value := . -}}
{{- $lines = append $lines (printf "%q: %s" $key (include "todo-stack.string" $value)) -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/*
At most 40 characters, so that the longest object name and its labels stay within Kubernetes' limit of 63. Starts with a
letter and has no dots, as the names of Services must.
*/}}
{{- define "todo-stack.fullname" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if regexMatch "^[0-9]" $name -}}
{{- $name = printf "todo-%s" $name -}}
{{- end -}}
{{- if or (gt (len $name) 40) (contains "." $name) -}}
{{- $name = printf "%s-%s" ($name | replace "." "-" | trunc 33 | trimSuffix "-") (sha256sum $name | trunc 6) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "todo-stack.componentName" -}}
{{- include "todo-stack.fullname" .root }}-{{ .name -}}
{{- end -}}

{{/* Must never change within a release, as selectors and volume claims are immutable. */}}
{{- define "todo-stack.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Without the version: a new chart version alone must not restart the database. */}}
{{- define "todo-stack.podLabels" -}}
{{ include "todo-stack.selectorLabels" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
{{- end -}}

{{- define "todo-stack.labels" -}}
{{ include "todo-stack.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "todo-stack.metadata" -}}
name: {{ .objectName | default (include "todo-stack.componentName" .) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "todo-stack.labels" . | nindent 2 }}
{{- end -}}

{{/* Arguments: root, image. */}}
{{- define "todo-stack.image" -}}
{{- $registry := .image.registry | default .root.Values.global.imageRegistry -}}
{{- if $registry }}{{ trimSuffix "/" $registry }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ include "todo-stack.text" .image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* The URL of a Service for pods of the same namespace. Argument: the Service's values. */}}
{{- define "todo-stack.url" -}}
http://{{ .name }}:{{ .port | int }}
{{- end -}}

{{/* The URL of the backend's database, always without password. */}}
{{- define "todo-stack.databaseUrl" -}}
{{- if .Values.postgres.enabled -}}
postgresql+psycopg://todo@{{ .Values.postgres.service.name }}:{{ .Values.postgres.service.port | int }}/todo
{{- else -}}
{{ .Values.backend.database.url }}
{{- end -}}
{{- end -}}

{{/* The host names that clients in the cluster, or behind a proxy, use for the MCP server. */}}
{{- define "todo-stack.mcpHosts" -}}
{{- $name := .Values.mcpServer.service.name -}}
{{- $inNamespace := printf "%s.%s" $name .Release.Namespace -}}
{{- $service := printf "%s.svc" $inNamespace -}}
{{- $full := printf "%s.%s" $service .Values.global.clusterDomain -}}
{{- concat (list $name $inNamespace $service $full "localhost" "127.0.0.1") .Values.mcpServer.allowedHosts | uniq | join "," -}}
{{- end -}}

{{/* Limits the heap to 3/4 of the memory limit, as V8 may use all of it by default. Empty for units other than Mi and Gi. */}}
{{- define "todo-stack.nodeHeap" -}}
{{- $limit := .resources.limits.memory | toString -}}
{{- $factor := get (dict "Mi" 0.75 "Gi" 768.0) (regexFind "[A-Za-z]*$" $limit) | default 0.0 -}}
{{- with mulf (regexFind "^[0-9.]+" $limit) $factor | int -}}
--max-old-space-size={{ . }}
{{- end -}}
{{- end -}}

{{/* A quantity such as 100m or 1.5Gi as a number. */}}
{{- define "todo-stack.amount" -}}
{{- $factors := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- mulf (regexFind "^[0-9.]+" .) (get $factors (regexFind "[A-Za-z]*$" .)) -}}
{{- end -}}
