'use strict';
// Usage: lists.js BIN   deploy/README.md has each setting of the gateway's --help, with its default, and each metric; proto/README.md
// each reason of an error that is in the code. None of them has more.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {fault, end} = require('../deploy/faults.js');
const {metricsPage, parse} = require('../deploy/metrics_page.js');
const {rows, codes} = require('./markdown.js');

const gateway = path.join(process.argv[2], 'webex-gateway');
const operators = fs.readFileSync('deploy/README.md', 'utf8');
const callers = fs.readFileSync('proto/README.md', 'utf8');

/** The two lists name the same, each thing once. */
function same(what, listed, actual, where) {
  if (actual.length < 20) fault(`${what}: ${actual.length} found, so the check itself is broken`);
  for (const name of actual) if (!listed.includes(name)) fault(`${where} lacks the ${what} ${name}`);
  for (const name of listed) if (!actual.includes(name)) fault(`${where}: there is no ${what} ${name}`);
}

function settings() {
  const {stdout} = spawnSync(gateway, ['--help'], {env: {}, encoding: 'utf8', timeout: 60_000});
  const defaults = new Map([...stdout.matchAll(/^ {2}--(\w+)(?:=(.*))?$/gm)].map(([, name, value = '']) => [`--${name}`, value]));
  const table = rows(operators, 'flag', 'default').flatMap(([flags, value]) => codes(flags).map(flag => [flag, value]));
  same('setting', table.map(([flag]) => flag), [...defaults.keys()], 'deploy/README.md');
  for (const [flag, value] of table) {
    const [documented = ''] = codes(value);
    if (documented !== defaults.get(flag)) fault(`deploy/README.md: ${flag}: the default is '${defaults.get(flag)}', not '${documented}'`);
  }
  return defaults.size;
}

async function metrics() {
  const page = await metricsPage(gateway);
  const series = parse(page);
  const families = [...page.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
  const table = rows(operators, 'metric').flatMap(([names]) => codes(names)).filter(name => name !== 'up');
  same('metric', table.map(name => name.split('{')[0]), families, 'deploy/README.md');
  for (const [, name, labels] of table.map(text => text.match(/^(\w+)\{(.*)\}$/)).filter(Boolean)) {
    const known = series.find(one => one.name === name)?.labels ?? {};
    for (const label of labels.split(',')) if (!(label in known)) fault(`deploy/README.md: ${name} has no label ${label}`);
  }
  return families.length;
}

// Strings of the code that look like a reason, and are none.
const others = /^(CLIENT_(CERTIFICATE|KEY)|GRPC_(DNS_RESOLVER|VERBOSITY)|KUBERNETES_SERVICE_HOST|OTEL_\w*|REQUEST_ID|SQL_ASCII|SSL_CERT_(DIR|FILE)|WEBEX_GATEWAY_\w*|WXGW_)$/;

function reasons() {
  const sources = fs.readdirSync('server', {recursive: true}).filter(file => /\.(cc|h)$/.test(file));
  const text = sources.map(file => fs.readFileSync(path.join('server', file), 'utf8')).join('\n');
  const used = [...new Set([...text.matchAll(/"([A-Z]+(?:_[A-Z]+)+_?)"/g)].map(([, name]) => name))].filter(name => !others.test(name));
  const table = [...rows(callers, 'Webex answers'), ...rows(callers, 'the gateway itself')].flatMap(([, , reason]) => codes(reason));
  same('reason', table, used, 'proto/README.md');
  return used.length;
}

(async () => {
  end(`${settings()} settings, ${await metrics()} metrics, ${reasons()} reasons`);
})().catch(error => {
  console.error(error);
  process.exit(1);
});
