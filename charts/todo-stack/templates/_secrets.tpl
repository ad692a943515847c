{{/*
Who owns which secret. For each: a Secret named in the values, else the one of this chart, whose content is the value given,
else what is already there, else random; a model key is never made up.
*/}}

{{- define "todo-stack.generatedSecret" -}}
{{- include "todo-stack.fullname" . }}-secrets
{{- end -}}

{{/* What that Secret holds in the cluster, as JSON and in base64; nothing where Helm sees no cluster. */}}
{{- define "todo-stack.heldSecrets" -}}
{{- (lookup "v1" "Secret" .Release.Namespace (include "todo-stack.generatedSecret" .)).data | default dict | toJson -}}
{{- end -}}

{{/* One name given serves both sides: database and backend then cannot disagree about the password. */}}
{{- define "todo-stack.databaseSecret" -}}
{{- .Values.postgres.existingSecret | default .Values.backend.database.existingSecret | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{/* "true" or nothing. By what is named, not by the name: yours may be called as the generated one would be. */}}
{{- define "todo-stack.generatesPassword" -}}
{{- if and .Values.postgres.enabled (not (or .Values.postgres.existingSecret .Values.backend.database.existingSecret)) -}}
true
{{- end -}}
{{- end -}}

{{/* The backend's side of it. Empty for a database elsewhere that asks for no password. */}}
{{- define "todo-stack.databaseClientSecret" -}}
{{- if .Values.backend.database.existingSecret -}}
{{- .Values.backend.database.existingSecret -}}
{{- else if .Values.postgres.enabled -}}
{{- include "todo-stack.databaseSecret" . -}}
{{- end -}}
{{- end -}}

{{- define "todo-stack.jwtSecret" -}}
{{- .Values.backend.jwt.existingSecret | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{- define "todo-stack.openaiSecret" -}}
{{- .Values.backend.openai.existingSecret | default (include "todo-stack.generatedSecret" .) -}}
{{- end -}}

{{/* "true" or nothing: whether the backend has a key for a model, as far as can be seen from here. */}}
{{- define "todo-stack.hasModelKey" -}}
{{- $held := include "todo-stack.heldSecrets" . | fromJson -}}
{{- if or .Values.backend.openai.existingSecret .Values.backend.openai.apiKey (get $held "openai-api-key") -}}
true
{{- end -}}
{{- end -}}

{{/* Changes with values that an operator gave, never with generated ones: those would restart the pods at every upgrade. */}}
{{- define "todo-stack.givenSecretsChecksum" -}}
{{- $jwt := ternary "" .Values.backend.jwt.keys (ne .Values.backend.jwt.existingSecret "") -}}
{{- $openai := ternary "" .Values.backend.openai.apiKey (ne .Values.backend.openai.existingSecret "") -}}
{{- if or $jwt $openai -}}
{{- list $jwt $openai | toJson | sha256sum -}}
{{- end -}}
{{- end -}}
