{{/*
All objects of a stateless component: ServiceAccount, ConfigMap, Service, Deployment, and depending on the values an
autoscaler and a disruption budget. Arguments: root; name; values; port (of the container); config (environment, a dict);
optional YAML lists: initContainers, volumes, mounts; podChecksum (a change restarts the pods).
*/}}
{{- define "todo-stack.component" -}}
{{- $fullname := include "todo-stack.componentName" . -}}
{{- $config := merge (dict "PORT" (toString .port)) .config -}}
{{- $annotations := dict -}}
{{- $metrics := .root.Values.metrics.enabled -}}
{{- if $metrics -}}
{{- $port := include "todo-stack.metricsPort" . -}}
{{- $_ := set $config "TODO_METRICS_PORT" $port -}}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/port" $port "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- with .root.Values.telemetry.otlpEndpoint -}}
{{- $_ := set $config "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
{{- end -}}
{{- $annotations = merge (dict) .values.podAnnotations $annotations -}}
{{- range $variable, $value := .values.extraEnv -}}
{{- $_ := set $config $variable (include "todo-stack.text" $value) -}}
{{- end -}}
{{- $scaled := .values.autoscaling.enabled -}}
{{- $atLeast := ternary .values.autoscaling.minReplicas .values.replicaCount $scaled | int -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "todo-stack.metadata" . | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "todo-stack.metadata" . | nindent 2 }}
data:
  {{- include "todo-stack.strings" $config | nindent 2 }}
---
{{ include "todo-stack.service" (dict "root" .root "name" .name "service" .values.service "portName" "http") }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "todo-stack.metadata" . | nindent 2 }}
spec:
  {{- if not $scaled }}
  replicas: {{ $atLeast }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "todo-stack.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "todo-stack.podLabels" . | nindent 8 }}
      annotations:
        checksum/config: {{ $config | toYaml | sha256sum }}
        {{- with .podChecksum }}
        checksum/secrets: {{ . }}
        {{- end }}
        {{- with $annotations }}
        {{- include "todo-stack.strings" . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "todo-stack.podBase" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "todo-stack.gracePeriodSeconds" . }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "todo-stack.selectorLabels" . | nindent 14 }}
      {{- with .initContainers }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          {{- include "todo-stack.containerBase" . | nindent 10 }}
          envFrom:
            - configMapRef:
                name: {{ $fullname | quote }}
          ports:
            - name: http
              containerPort: {{ .port }}
            {{- if $metrics }}
            - name: metrics
              containerPort: {{ include "todo-stack.metricsPort" . }}
            {{- end }}
          {{- include "todo-stack.httpProbes" . | nindent 10 }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ include "todo-stack.preStopSeconds" . }}
          volumeMounts:
            {{- include "todo-stack.tmpMount" . | nindent 12 }}
            {{- with .mounts }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        {{- include "todo-stack.tmpVolume" . | nindent 8 }}
        {{- with .volumes }}
        {{- . | nindent 8 }}
        {{- end }}
{{- if $scaled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "todo-stack.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $fullname | quote }}
  minReplicas: {{ .values.autoscaling.minReplicas | int }}
  maxReplicas: {{ .values.autoscaling.maxReplicas | int }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .values.autoscaling.targetCPUUtilizationPercentage | int }}
{{- end }}
{{- if gt $atLeast 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "todo-stack.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "todo-stack.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Arguments: root, name, service (its values), portName (of the container's port). */}}
{{- define "todo-stack.service" -}}
{{- $type := .service.type | default "ClusterIP" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "todo-stack.metadata" (set (omit . "service") "objectName" .service.name) | nindent 2 }}
spec:
  type: {{ $type }}
  {{- if and .service.externalTrafficPolicy (ne $type "ClusterIP") }}
  externalTrafficPolicy: {{ .service.externalTrafficPolicy }}
  {{- end }}
  selector:
    {{- include "todo-stack.selectorLabels" . | nindent 4 }}
  ports:
    - name: {{ .portName }}
      port: {{ .service.port | int }}
      targetPort: {{ .portName }}
      {{- if and .service.nodePort (ne $type "ClusterIP") }}
      nodePort: {{ .service.nodePort | int }}
      {{- end }}
{{- end -}}
