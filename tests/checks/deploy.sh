#!/usr/bin/env bash
# Checks deploy/ as far as tools can without a cluster: the Dockerfile, the manifests for Kubernetes, the systemd unit,
# the alerts and the dashboard. The built gateway must accept the settings that they give it, and have the metrics that
# they query. (deploy/container/try.sh builds the image, which takes longer.) Usage: deploy.sh BIN NODE_MODULES VERSION
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1
export NODE_PATH=$2
version=$3
tools=build/tools/usr/bin
checks=tests/checks/deploy
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

"$NODE_PATH/.bin/dockerfile-utils" lint deploy/container/Dockerfile
$checks/runtime_packages.sh "$bin"

rendered=()
for folder in deploy/kubernetes/*/; do
  file=$work/$(basename "$folder").yaml
  $tools/kubectl kustomize "$folder" >"$file"
  rendered+=("$file")
done
node $checks/manifests.js "$bin" "$version" "${rendered[@]}"

# It only warns about unknown settings, so any output is a failure. It requires the program to exist.
unit=deploy/systemd/webex-gateway.service
sed "s|^ExecStart=webex-gateway$|ExecStart=$bin/webex-gateway|" $unit >"$work/webex-gateway.service"
said=$(systemd-analyze verify --man=no "$work/webex-gateway.service" 2>&1) || true
if [[ -n $said ]]; then
  echo "systemd-analyze verify $unit: $said" >&2
  exit 1
fi
# In tenths, 100 is the worst: 13 at present.
if ! said=$(systemd-analyze security --no-pager --offline=true --threshold=15 "$work/webex-gateway.service"); then
  grep ✗ <<<"$said" >&2
  exit 1
fi
node $checks/unit.js "$bin" $unit deploy/README.md
node $checks/stop.js "$bin" deploy/README.md $unit deploy/kubernetes/*/deployment.yaml

alerts=deploy/prometheus/alerts.yaml
node $checks/metrics.js "$bin" $alerts deploy/grafana/dashboard.json "$work/dashboard_rules.yaml"
$tools/promtool check rules $alerts "$work/dashboard_rules.yaml"
$tools/promtool test rules $checks/alerts_test.yaml
deploy/prometheus/prometheus_rule.sh >"$work/prometheus_rule.yaml"
node $checks/alerts.js $alerts $checks/alerts_test.yaml "$work/prometheus_rule.yaml" deploy/prometheus/pod_monitor.yaml \
  deploy/prometheus/scrape_config.yaml deploy/README.md
# Debian's promtool is built without Kubernetes: so it gets a static list of targets instead.
sed 's/kubernetes_sd_configs:/static_configs:/; s/- role: pod/- targets: [127.0.0.1:9464]/' \
  deploy/prometheus/scrape_config.yaml >"$work/scrape_config.yaml"
cp $alerts "$work/alerts.yaml"
$tools/promtool check config "$work/scrape_config.yaml"
