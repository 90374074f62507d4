'use strict';
// What the built gateway shows at /metrics.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Its series: {name, labels}. */
function parse(page) {
  return page.split('\n').filter(line => line && !line.startsWith('#')).map(line => {
    const [, name, labels = ''] = line.match(/^(\w+)(?:\{(.*)\})? /);
    return {name, labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))};
  });
}

/** The /metrics of a gateway, which is this program, that has done nothing yet. */
async function metricsPage(program) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'webex-gateway-'));
  const args = [
    '--listen=127.0.0.1:0', '--admin_listen=127.0.0.1:0', '--webex_base_url=http://127.0.0.1:1/v1',
    `--ledger=sqlite:${path.join(folder, 'ledger.db')}`
  ];
  const child = spawn(program, args, {env: {WEBEX_GATEWAY_WEBEX_TOKEN: 'any'}, stdio: ['ignore', 'ignore', 'pipe']});
  const ended = new Promise(resolve => child.on('close', resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      let log = '';
      child.stderr.on('data', chunk => {
        log += chunk;
        const match = log.match(/"admin_port":(\d+)/);
        if (match) resolve(match[1]);
      });
      ended.then(() => reject(new Error(`the gateway ended:\n${log}`)));
    });
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } finally {
    child.kill('SIGTERM');
    await ended;
    fs.rmSync(folder, {recursive: true});
  }
}

module.exports = {metricsPage, parse};
