'use strict';
// Usage: unit.js BIN UNIT PAGE   Checks that the systemd unit gives the gateway valid settings, and enough time to stop, as it is
// and with each drop-in that the page shows; and that it sets nothing by flags, which the operator's variables could not replace.

const fs = require('node:fs');
const {fault, end} = require('./faults.js');
const {Gateway} = require('./settings.js');

const [bin, file, page] = process.argv.slice(2);
const unit = fs.readFileSync(file, 'utf8');
const dropIns = [...fs.readFileSync(page, 'utf8').matchAll(/^ *```ini\n(.*?)^ *```$/gms)].map(([, text]) => text.replaceAll(/^ +/gm, ''));

/** The last value of each key, as systemd reads them: one that is empty begins a list anew, and a variable is set by its last line. */
function read(text) {
  const lines = [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => ({key, value}));
  const last = key => lines.findLast(line => line.key === key)?.value ?? '';
  let credentials = [];
  for (const {value} of lines.filter(({key}) => key === 'LoadCredential')) {
    credentials = value === '' ? [] : [...credentials, value.split(':')[0]];
  }
  const assignments = lines.filter(({key}) => key === 'Environment').flatMap(({value}) => value.split(/\s+/));
  return {last, credentials, variables: new Map(assignments.map(text => text.split(/=(.*)/s)))};
}

const gateway = new Gateway(bin);
for (const [what, text] of [[file, unit], ...dropIns.map(dropIn => [`${file} with a drop-in of ${page}`, `${unit}\n${dropIn}`])]) {
  const {last, credentials, variables} = read(text);
  if (last('ExecStart') !== 'webex-gateway') fault(`${what}: ExecStart is '${last('ExecStart')}': set variables, not flags`);
  // As flags, of which an unknown one is a fault; of an unknown variable the gateway only warns. None for what is not set.
  const args = [...variables].filter(([, value]) => value !== '').map(([name, value]) => {
    return `--${name.replace('WEBEX_GATEWAY_', '').toLowerCase()}=${value}`;
  });
  for (const [, name] of args.join(' ').matchAll(/%d\/(\S+)/g)) {
    if (!credentials.includes(name)) fault(`${what}: no LoadCredential loads ${name}`);
  }
  for (const name of credentials) if (!args.join(' ').includes(`%d/${name}`)) fault(`${what}: nothing reads the credential ${name}`);
  const state = `/state/${last('StateDirectory')}`;
  const mounts = [{path: '/credentials', secret: true}, {path: state, secret: false}];
  const {faults, stopSeconds} = gateway.check(args.map(arg => arg.replace('%d', '/credentials').replace('%S', '/state')), mounts);
  if (faults) fault(`${what}: ${faults}`);
  if (!(Number(last('TimeoutStopSec')) >= stopSeconds)) fault(`${what}: TimeoutStopSec is too short: the gateway takes ${stopSeconds} s`);
}
if (dropIns.length === 0) fault(`${page} has no drop-in`);
end(`the systemd unit gives the gateway settings that it takes, and so does it with ${dropIns.length} drop-in(s)`);
