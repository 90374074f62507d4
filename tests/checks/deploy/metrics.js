'use strict';
// Usage: metrics.js BIN RULES DASHBOARD DASHBOARD_RULES
// What the alerts and the dashboard select exists in the /metrics of the built gateway, labels and their values too.
// The dashboard must match Grafana's types, and fit one screen. Writes its expressions as rules to DASHBOARD_RULES, for
// promtool.

const fs = require('node:fs');
const path = require('node:path');
const yaml = require('yaml');
const {fault, end} = require('./faults.js');
const {metricsPage, parse} = require('./metrics_page.js');
const {typeFaults} = require('./types.js');

const [bin, rulesFile, dashboardFile, dashboardRules] = process.argv.slice(2);

// ---- What is wanted: selectors such as name{label="value"}, without the labels that Prometheus adds, one for each
// alternative of a regular expression.

const added = ['instance', 'job'];
const words = /^(and|by|group_left|group_right|ignoring|inf|nan|offset|on|or|unless|without)$/i;
const aggregated = /\b(by|on|without|ignoring)\s*\([^)]*\)/g;

function selectorsIn(expression) {
  const selectors = [];
  const plain = expression.replace(/label_values\((\w+),\s*\w+\)/, '$1').replace(aggregated, '').replace(/\[[^\]]*\]/g, '');
  for (const [, name, , matchers = ''] of plain.matchAll(/\b([a-z_]\w*)(\s*\{([^}]*)\})?(?!\w*\s*\()/gi)) {
    if (words.test(name) || name === 'up') continue;
    selectors.push(name);
    for (const [, label, operator, value] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (added.includes(label)) continue;
      const values = operator.endsWith('~') ? value.split('|') : [value];
      selectors.push(...values.map(one => `${name}{${label}${operator}"${one}"}`));
    }
  }
  return selectors;
}

// ---- The existing metrics.

function exists(selector, series) {
  const [, name, label, operator, value] = selector.match(/^(\w+)(?:\{(\w+)(=~|!~|!=|=)"(.*)"\})?$/);
  const fits = labels => {
    if (label === undefined) return true;
    const text = labels[label];
    const equal = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(text) : text === value;
    return text !== undefined && equal === !operator.startsWith('!');
  };
  return series.some(one => one.name === name && fits(one.labels));
}

// ---- The files.

const rules = yaml.parse(fs.readFileSync(rulesFile, 'utf8')).groups.flatMap(group => group.rules);

const dashboard = JSON.parse(fs.readFileSync(dashboardFile, 'utf8'));
const schema = '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
const faults = typeFaults([
  {module: schema, type: 'Dashboard', value: {...dashboard, panels: []}},
  ...dashboard.panels.map(panel => ({module: schema, type: 'Panel', value: panel})),
]);
if (faults) fault(faults);
const expressions = dashboard.panels.flatMap(panel => panel.targets.map(target => target.expr));
const cells = new Set();
for (const {title, gridPos: {x, y, w, h}} of dashboard.panels) {
  if (x + w > 24 || y + h > 20) fault(`the dashboard's panel "${title}" is off the screen`);
  for (let i = 0; i < w * h; ++i) {
    const cell = `${x + i % w},${y + Math.floor(i / w)}`;
    if (cells.has(cell)) fault(`the dashboard's panel "${title}" lies on another one`);
    cells.add(cell);
  }
}
if (new Set(dashboard.panels.map(({id}) => id)).size !== dashboard.panels.length) fault('two panels have the same id');
const asRules = expressions.map((expr, i) => ({record: `panel_${i}`, expr: expr.replaceAll('$__rate_interval', '1m')}));
fs.writeFileSync(dashboardRules, yaml.stringify({groups: [{name: 'dashboard', rules: asRules}]}));

const variables = dashboard.templating.list.map(({query}) => query).filter(query => query.includes('('));
const wanted = [...new Set([...rules.map(({expr}) => expr), ...expressions, ...variables].flatMap(selectorsIn))];

(async () => {
  const series = parse(await metricsPage(path.join(bin, 'webex-gateway')));
  for (const selector of wanted) if (!exists(selector, series)) fault(`the gateway does not have the metric ${selector}`);
  if (exists('webex_gateway_orders_total{outcome="nonsense"}', series)) fault('the check itself is broken');
  end(`${rules.length} alerts and ${dashboard.panels.length} panels, with ${wanted.length} selectors`);
})().catch(error => {
  console.error(error);
  process.exit(1);
});
