'use strict';
// Usage: unit.js BIN UNIT   Checks that the systemd unit gives the gateway valid settings, and enough time to stop.

const fs = require('node:fs');
const {fault, end} = require('./faults.js');
const {Gateway} = require('./settings.js');

const [bin, file] = process.argv.slice(2);
const text = fs.readFileSync(file, 'utf8').replace(/\\\n/g, '');
const value = key => text.match(new RegExp(`^${key}=(.*)$`, 'm'))?.[1] ?? '';

const [program, ...args] = value('ExecStart').trim().split(/\s+/);
if (program !== 'webex-gateway') fault(`ExecStart runs ${program}`);
const credentials = [...text.matchAll(/^LoadCredential=([^:]+):/gm)].map(match => match[1]);
for (const [, name] of args.join(' ').matchAll(/%d\/(\S+)/g)) {
  if (!credentials.includes(name)) fault(`no LoadCredential loads ${name}`);
}
const state = `/state/${value('StateDirectory')}`;
const mounts = [{path: '/credentials', secret: true}, {path: state, secret: false}];
const {faults, stopSeconds} = new Gateway(bin).check(args.map(arg => arg.replace('%d', '/credentials').replace('%S', '/state')), mounts);
if (faults) fault(faults);
if (!(Number(value('TimeoutStopSec')) >= stopSeconds)) fault(`TimeoutStopSec is too short: the gateway takes ${stopSeconds} s`);
end('the systemd unit gives the gateway settings that it takes');
