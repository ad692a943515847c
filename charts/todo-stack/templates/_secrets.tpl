{{/*
Where each secret comes from: a Secret named in the values, or else the chart's own Secret, filled from the values, or else
kept from the previous release, or else random (a model key is never random).
*/}}

{{- define "todo-stack.generatedSecret" -}}
{{- include "todo-stack.fullname" . }}-secrets
{{- end -}}

{{/* The data of that Secret in the cluster, as JSON with base64 values; empty if Helm cannot read the cluster. */}}
{{- define "todo-stack.heldSecrets" -}}
{{- (lookup "v1" "Secret" .Release.Namespace (include "todo-stack.generatedSecret" .)).data | default dict | toJson -}}
{{- end -}}

{{/* Setting one of the two names is enough, so that database and backend use the same password. */}}
{{- define "todo-stack.ownDatabaseSecret" -}}
{{- include "todo-stack.text" .Values.postgres.existingSecret | default (include "todo-stack.text" .Values.backend.database.existingSecret) -}}
{{- end -}}

{{- define "todo-stack.databaseSecret" -}}
{{- include "todo-stack.ownDatabaseSecret" . | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{/* The database's password as a file, for the database and its backups. */}}
{{- define "todo-stack.passwordVolume" -}}
secret:
  secretName: {{ include "todo-stack.databaseSecret" . | quote }}
  defaultMode: 0440
  items:
    - key: postgres-password
      path: postgres-password
{{- end -}}

{{/* "true" or empty. Does not compare names: your Secret may have the name of the generated one. */}}
{{- define "todo-stack.generatesPassword" -}}
{{- if and .Values.postgres.enabled (not (include "todo-stack.ownDatabaseSecret" .)) -}}
true
{{- end -}}
{{- end -}}

{{/* The backend's Secret with the database password; empty for an external database without password. */}}
{{- define "todo-stack.databaseClientSecret" -}}
{{- $own := include "todo-stack.text" .Values.backend.database.existingSecret -}}
{{- if $own -}}
{{- $own -}}
{{- else if .Values.postgres.enabled -}}
{{- include "todo-stack.databaseSecret" . -}}
{{- end -}}
{{- end -}}

{{- define "todo-stack.jwtSecret" -}}
{{- include "todo-stack.text" .Values.backend.jwt.existingSecret | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{- define "todo-stack.openaiSecret" -}}
{{- include "todo-stack.text" .Values.backend.openai.existingSecret | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{/* Given keys without the newline at the end of a file of --set-file. */}}
{{- define "todo-stack.jwtKeys" -}}
{{- trim .Values.backend.jwt.keys -}}
{{- end -}}

{{- define "todo-stack.openaiKey" -}}
{{- trim .Values.backend.openai.apiKey -}}
{{- end -}}

{{/* "true" or empty: whether the backend has a model key, as far as the chart can know. */}}
{{- define "todo-stack.hasModelKey" -}}
{{- $held := include "todo-stack.heldSecrets" . | fromJson -}}
{{- if or (include "todo-stack.text" .Values.backend.openai.existingSecret) (include "todo-stack.openaiKey" .) (get $held "openai-api-key") -}}
true
{{- end -}}
{{- end -}}

{{/* Covers given values only: generated ones would restart the pods at every upgrade. */}}
{{- define "todo-stack.givenSecretsChecksum" -}}
{{- $jwt := ternary "" (include "todo-stack.jwtKeys" .) (ne (include "todo-stack.text" .Values.backend.jwt.existingSecret) "") -}}
{{- $openai := ternary "" (include "todo-stack.openaiKey" .) (ne (include "todo-stack.text" .Values.backend.openai.existingSecret) "") -}}
{{- if or $jwt $openai -}}
{{- list $jwt $openai | toJson | sha256sum -}}
{{- end -}}
{{- end -}}
