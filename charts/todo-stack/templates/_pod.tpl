{{/*
Shared by all pods. The argument `values` is the component's part of the values. Lists and mappings of the values are
rendered as JSON, which quotes every string; toYaml leaves some bare that YAML 1.1 reads as something else.
*/}}

{{/* Seconds between a pod's removal from the endpoints and SIGTERM. */}}
{{- define "todo-stack.preStopSeconds" -}}5{{- end -}}

{{/* Seconds after SIGTERM in which the servers still accept connections; set in the command of each image. */}}
{{- define "todo-stack.unreadySeconds" -}}2{{- end -}}

{{/* Seconds that the servers give open requests after that; set in the command of each image. */}}
{{- define "todo-stack.drainSeconds" -}}30{{- end -}}

{{/* The usual port of exporters that are part of a program. */}}
{{- define "todo-stack.metricsPort" -}}9464{{- end -}}

{{- define "todo-stack.gracePeriodSeconds" -}}
{{- add (include "todo-stack.preStopSeconds" . | int) (include "todo-stack.unreadySeconds" . | int) (include "todo-stack.drainSeconds" . | int) 5 -}}
{{- end -}}

{{/* Arguments: root, name, values. */}}
{{- define "todo-stack.podBase" -}}
serviceAccountName: {{ include "todo-stack.componentName" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- with .values.securityContext.runAsUser }}
  runAsUser: {{ . | int }}
  {{- end }}
  {{- with .values.securityContext.runAsGroup }}
  runAsGroup: {{ . | int }}
  {{- end }}
  {{- with .values.securityContext.fsGroup }}
  fsGroup: {{ . | int }}
  {{- end }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- include "todo-stack.strings" . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with include "todo-stack.text" .values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Image, security context and resources of a container. Arguments: root, values. */}}
{{- define "todo-stack.containerBase" -}}
image: {{ include "todo-stack.image" (dict "root" .root "image" .values.image) | quote }}
imagePullPolicy: {{ .values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  readOnlyRootFilesystem: {{ .values.securityContext.readOnlyRootFilesystem }}
resources: {{ toJson .values.resources }}
{{- end -}}

{{- define "todo-stack.tmpMount" -}}
- name: tmp
  mountPath: /tmp
{{- end -}}

{{- define "todo-stack.tmpVolume" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ .values.tmpSize }}
{{- end -}}

{{/* `GET /health` covers the process only, `GET /ready` its dependencies too: only the first may restart a container.
Argument: values. */}}
{{- define "todo-stack.httpProbes" -}}
startupProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 120
readinessProbe:
  httpGet: {path: /ready, port: http}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 3
livenessProbe:
  httpGet: {path: /health, port: http}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: {{ .values.livenessProbe.failureThreshold | int }}
{{- end -}}
