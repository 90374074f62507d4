'use strict';
// Usage: alerts.js RULES ALERT_TESTS PROMETHEUS_RULE POD_MONITOR SCRAPE_CONFIG RUNBOOKS
// Each alert must have the annotations that people and tools expect, a runbook and tests: one that makes it fire once,
// and one where each of its metrics is within its bound. The column "alert on" of the table of metrics beside the
// runbooks and the rules agree, both ways. The files for the Prometheus operator and for a plain Prometheus must match
// the rules.

const fs = require('node:fs');
const yaml = require('yaml');
const {fault, end} = require('./faults.js');
const {typeFaults} = require('./types.js');

const [rulesFile, testsFile, prometheusRuleFile, podMonitorFile, scrapeFile, runbooksFile] = process.argv.slice(2);
const read = file => yaml.parse(fs.readFileSync(file, 'utf8'));

const rules = read(rulesFile).groups.flatMap(group => group.rules);
const names = rules.map(({alert}) => alert);
const metricsOf = expr => [...new Set(expr.match(/\b(webex_gateway|process|grpc_server)_\w+|\bup(?=\{)/g))];

// ---- The parts of each alert.

const runbooks = fs.readFileSync(runbooksFile, 'utf8');
const headings = [...runbooks.matchAll(/^### (WebexGateway\w+)$/gm)].map(([, name]) => name);
for (const {alert, labels, annotations} of rules) {
  if (!['critical', 'warning', 'info'].includes(labels?.severity)) fault(`${alert}: its severity is ${labels?.severity}`);
  const has = Object.keys(annotations).sort().join();
  if (has !== 'description,runbook_url,summary') fault(`${alert}: its annotations are ${has}`);
  const anchor = `deploy/README.md#${alert.toLowerCase()}`;
  if (!annotations.runbook_url?.endsWith(`/${anchor}`)) fault(`${alert}: its runbook_url does not end in ${anchor}`);
  if (!headings.includes(alert)) fault(`${alert}: ${runbooksFile} has no runbook for it`);
  // Prometheus returns the series of a query in any order: topk() sorts them, and so does sortByLabel.
  for (const [action] of JSON.stringify(annotations).matchAll(/{{ range query .*?}}/g)) {
    if (!/topk\(|sortByLabel/.test(action)) fault(`${alert}: it lists what a query finds in no certain order`);
  }
}
for (const name of headings) if (!names.includes(name)) fault(`${runbooksFile}: there is no alert ${name}`);
if (new Set(names).size !== names.length) fault('two alerts have the same name');

// ---- Their tests.

const tests = read(testsFile).tests;
const quiet = tests.filter(({promql_expr_test: checks}) => checks.some(({expr, exp_samples: found}) => expr === 'ALERTS' && found.length === 0));
const known = new Set(quiet.flatMap(({input_series: series}) => series.map(one => one.series.split('{')[0])));
const firing = tests.flatMap(({promql_expr_test: checks}) => checks.flatMap(({exp_samples: found}) => found));
for (const {alert, expr} of rules) {
  const samples = firing.filter(({labels}) => labels.includes(`alertname="${alert}"`));
  if (samples.length === 0) fault(`${alert}: no test makes it fire`);
  if (samples.some(({value}) => value !== 1)) fault(`${alert}: a test has it fire more than once for one cause`);
  for (const metric of metricsOf(expr)) if (!known.has(metric)) fault(`${alert}: no test has ${metric} within its bound`);
}

// ---- The table of metrics: | `metric`, … | meaning | `Alert`, … | with the alerts' names without WebexGateway.

const rows = runbooks.split('\n').filter(line => /^\| `(webex_gateway|process|grpc_server)_|^\| `up`/.test(line));
if (rows.length < 20) fault(`${runbooksFile} has no table of metrics`);
const watched = new Map();
for (const row of rows) {
  const [, metrics, , alerts] = row.split(/(?<!\\)\|/);
  const listed = [...alerts.matchAll(/`(\w+)`/g)].map(([, name]) => `WebexGateway${name}`);
  const inRow = [...metrics.matchAll(/`(\w+)/g)].map(([, name]) => name);
  for (const name of inRow) watched.set(name, [...watched.get(name) ?? [], ...listed]);
  const expected = names.filter((_, i) => metricsOf(rules[i].expr).some(used => inRow.some(name => used.replace(/_bucket$/, '') === name)));
  for (const name of listed) if (!expected.includes(name)) fault(`${runbooksFile}: ${name} does not look at ${inRow}`);
  for (const name of expected) if (!listed.includes(name)) fault(`${runbooksFile}: ${inRow} lacks the alert ${name}`);
}
for (const {alert, expr} of rules) {
  const used = metricsOf(expr).map(metric => metric.replace(/_bucket$/, ''));
  for (const metric of used) if (!watched.has(metric)) fault(`${alert}: ${runbooksFile} has no row for ${metric}`);
}

// ---- The files shipped with them.

const model = object => `@kubernetes-models/prometheus-operator/${object.apiVersion}/${object.kind}`;
const prometheusRule = read(prometheusRuleFile);
const podMonitor = read(podMonitorFile);
for (const object of [prometheusRule, podMonitor]) {
  try {
    new (require(model(object))[object.kind])(object).validate();
  } catch (error) {
    fault(`${object.kind}: ${error.message}`);
  }
}
const faults = typeFaults([prometheusRule, podMonitor].map(value => ({module: model(value), type: `I${value.kind}`, value})));
if (faults) fault(faults);
if (JSON.stringify(prometheusRule.spec) !== JSON.stringify(read(rulesFile))) fault('the PrometheusRule has other rules');

const wantedJob = 'webex-gateway';  // as in up{job="…"}
for (const {expr} of rules) {
  for (const [, job] of expr.matchAll(/job="([^"]*)"/g)) if (job !== wantedJob) fault(`a rule asks for the job ${job}`);
}
for (const {port, relabelings} of podMonitor.spec.podMetricsEndpoints) {
  const sets = relabelings.some(({targetLabel, replacement}) => targetLabel === 'job' && replacement === wantedJob);
  if (!sets) fault(`PodMonitor, ${port}: the job is not called ${wantedJob}`);
}
const scrape = read(scrapeFile);
for (const {job_name: job} of scrape.scrape_configs) if (job !== wantedJob) fault(`${scrapeFile}: the job is called ${job}`);

// Both find each container in the manifests that has an admin port, and nothing else.
const ports = podMonitor.spec.podMetricsEndpoints.map(({port}) => port);
const [{regex}] = scrape.scrape_configs[0].relabel_configs;
for (const file of ['sidecar', 'standalone'].map(name => `deploy/kubernetes/${name}/deployment.yaml`)) {
  const {metadata, spec: {containers, initContainers = []}} = read(file).spec.template;
  if (metadata.annotations?.['prometheus.io/scrape']) fault(`${file}: by its annotations it is scraped twice`);
  const found = [...containers, ...initContainers].flatMap(({name, ports: own = []}) => own.map(port => [name, port.name]));
  const kept = found.filter(parts => new RegExp(`^(?:${regex})$`).test(parts.join(';')));
  const monitored = found.filter(([name, port]) => name === 'webex-gateway' && ports.includes(port));
  for (const [how, targets] of [[scrapeFile, kept], ['PodMonitor', monitored]]) {
    if (targets.length !== 1) fault(`${file}: ${how} finds ${targets.length} targets`);
  }
}

end(`${names.length} alerts with runbooks and tests, and ${rows.length} rows of metrics`);
