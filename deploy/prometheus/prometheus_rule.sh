#!/usr/bin/env bash
# Prints the alerts as a PrometheusRule, for the Prometheus operator. See pod_monitor.yaml.
# Usage: deploy/prometheus/prometheus_rule.sh [RUNBOOKS]
# RUNBOOKS: the address of this tree's deploy/README.md, instead of https://example.com/webex-gateway/deploy/README.md
set -euo pipefail
cd "$(dirname "$0")"

if [[ ${1:-} == --help ]]; then
  sed -n 's/^# //p' "$(basename "$0")"
  exit 0
fi
cat <<'YAML'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: webex-gateway
  labels:
    app.kubernetes.io/name: webex-gateway
spec:
YAML
written=https://example.com/webex-gateway/deploy/README.md
sed --expression="s|$written|${1:-$written}|" --expression='s/^/  /' alerts.yaml
