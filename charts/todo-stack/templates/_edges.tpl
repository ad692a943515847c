{{/*
The connections that the stack needs, as a YAML list. `from` and `to` are components; without `from` anyone may connect,
without `to` the target is outside the stack. `ports` are the container's, as policies apply behind the Service.
*/}}
{{- define "todo-stack.edges" -}}
- {to: frontend, ports: [3000]}
{{- if ne .Values.backend.service.type "ClusterIP" }}
- {to: backend, ports: [8000]}
{{- end }}
{{- if ne .Values.mcpServer.service.type "ClusterIP" }}
- {to: mcp-server, ports: [8080]}
{{- end }}
- {from: frontend, to: backend, ports: [8000]}
- {from: frontend, to: mcp-server, ports: [8080]}
- {from: mcp-server, to: backend, ports: [8000]}
- {from: backend, to: mcp-server, ports: [8080]}
{{- if .Values.postgres.enabled }}
- {from: backend, to: postgres, ports: [5432]}
{{- if .Values.postgres.backup.enabled }}
- {from: backup, to: postgres, ports: [5432]}
{{- end }}
{{- else }}
- {from: backend, ports: {{ include "todo-stack.urlPorts" .Values.backend.database.url }}, why: database}
{{- end }}
{{- $model := .Values.backend.openai.baseUrl }}
{{- if or $model (include "todo-stack.hasModelKey" .) }}
- {from: backend, ports: {{ include "todo-stack.urlPorts" ($model | default "https://api.openai.com") }}, why: model}
{{- end }}
{{- with .Values.telemetry.otlpEndpoint }}
{{- $ports := include "todo-stack.urlPorts" . }}
- {from: frontend, ports: {{ $ports }}, why: telemetry}
- {from: backend, ports: {{ $ports }}, why: telemetry}
- {from: mcp-server, ports: {{ $ports }}, why: telemetry}
{{- end }}
- {from: test, to: backend, ports: [8000]}
- {from: test, to: frontend, ports: [3000]}
{{- end -}}

{{/*
The ports of a URL's hosts, or the default of its scheme, as a YAML list. Not by urlParse: it fails on some texts that are
no URLs, and its error shows them, with a password if they have one.
*/}}
{{- define "todo-stack.urlPorts" -}}
{{- $default := get (dict "http" "80" "https" "443") (regexFind "^[a-z]+" .) | default "5432" -}}
{{- $ports := list -}}
{{- range regexReplaceAll "^[a-z+]+://([^@/]*@)?([^/?#]*).*$" . "${2}" | splitList "," -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default $default) -}}
{{- end -}}
[{{ uniq $ports | join ", " }}]
{{- end -}}
