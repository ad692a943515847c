{{/*
The connections that the stack needs, as a YAML list. `from` and `to` are components; without `from` anyone may connect,
without `to` the target is outside the stack. `port` is the container's, as policies apply behind the Service.
*/}}
{{- define "todo-stack.edges" -}}
- {to: frontend, port: 3000}
{{- if ne .Values.backend.service.type "ClusterIP" }}
- {to: backend, port: 8000}
{{- end }}
{{- if ne .Values.mcpServer.service.type "ClusterIP" }}
- {to: mcp-server, port: 8080}
{{- end }}
- {from: frontend, to: backend, port: 8000}
- {from: frontend, to: mcp-server, port: 8080}
- {from: mcp-server, to: backend, port: 8000}
- {from: backend, to: mcp-server, port: 8080}
{{- if .Values.postgres.enabled }}
- {from: backend, to: postgres, port: 5432}
{{- else }}
- {from: backend, port: {{ include "todo-stack.urlPort" .Values.backend.database.url }}, why: database}
{{- end }}
{{- $model := .Values.backend.openai.baseUrl }}
{{- if or $model (include "todo-stack.hasModelKey" .) }}
- {from: backend, port: {{ include "todo-stack.urlPort" ($model | default "https://api.openai.com") }}, why: model}
{{- end }}
- {from: test, to: backend, port: 8000}
- {from: test, to: frontend, port: 3000}
{{- end -}}

{{/* The port of a URL, or the default of its scheme. */}}
{{- define "todo-stack.urlPort" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (dig $url.scheme "5432" (dict "http" "80" "https" "443")) -}}
{{- end -}}
