'use strict';
// The gateway at 80 % of its capacity, with a Webex that fails now and then and tokens that live for seconds: nothing
// grows, and every failed order is explained by an injected fault.
//
// WEBEX_SOAK_SECONDS sets how long that load lasts (8; the long form is 600, with the release programs in WEBEX_BIN).

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {Sandbox, Gateway, run, temporaryDirectory} = require('./harness.js');

const seconds = Number(process.env.WEBEX_SOAK_SECONDS ?? 8);
const MiB = 1 << 20;
const inFlight = 64;
// Unused connections to Webex are closed after at most 60 s.
const rest = seconds >= 60 ? 62 : 2;
const idleConnections = seconds >= 60 ? 2 : inFlight;

/** Every fault and how an order that meets it may end; those without an ending are repaired by another attempt. */
const faults = [
  {fault: {kind: 'status', status: 400, applied: false}, ending: 'WEBEX_INVALID_REQUEST'},
  {fault: {kind: 'status', status: 404, applied: false}, ending: 'WEBEX_NOT_FOUND'},
  {fault: {kind: 'status', status: 500}, ending: 'WEBEX_INTERNAL'},
  {fault: {kind: 'status', status: 502}, ending: 'WEBEX_BAD_GATEWAY'},
  {fault: {kind: 'status', status: 503, applied: false, headers: {'Retry-After': '1'}}},
  {fault: {kind: 'status', status: 401, applied: false}, ending: 'WEBEX_UNAUTHENTICATED'},  // one refresh a minute for this
  {fault: {kind: 'status', status: 200, body: 'no JSON'}, ending: 'WEBEX_ANSWER_UNREADABLE'},
  {fault: {kind: 'close', when: 'after'}, ending: 'WEBEX_ANSWER_LOST'},
  {fault: {kind: 'reset', when: 'headers'}, ending: 'WEBEX_ANSWER_LOST'},
  {fault: {kind: 'half'}, ending: 'WEBEX_ANSWER_LOST'},
  {fault: {kind: 'garbage'}, ending: 'WEBEX_ANSWER_LOST'},
  {fault: {kind: 'hang'}, ending: 'WEBEX_ANSWER_LOST'},
  {fault: {kind: 'drip', delayMs: 1}},
];

/** The resources of the process. */
function held(gateway) {
  const at = `/proc/${gateway.process.pid}`;
  const status = fs.readFileSync(`${at}/status`, 'utf8');
  const number = name => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]);
  return {memory: number('VmRSS') * 1024, threads: number('Threads'), descriptors: fs.readdirSync(`${at}/fd`).length};
}

const told = ({memory, threads, descriptors}) =>
  `${(memory / MiB).toFixed(1)} MiB, ${threads} threads, ${descriptors} descriptors`;

/** Runs webex-bench and reads its line. */
async function load(gateway, args) {
  const {code, stdout, stderr} = await run(
      path.join(process.env.WEBEX_BIN, 'webex-bench'), [`--address=${gateway.address}`, `--in_flight=${inFlight}`, ...args],
      {timeout: (seconds + 60) * 1000});
  assert.equal(code, 0, stderr);
  console.log(stdout.trim());
  const endings = [...stdout.matchAll(/, ([A-Z_]+|code \d+): (\d+)/g)].map(([, ending, count]) => [ending, Number(count)]);
  return {perSecond: Number(stdout.match(/^(\d+) orders\/s/)[1]), endings: Object.fromEntries(endings)};
}

/** Injects one fault after another, `everyMs` apart, until it is stopped; returns how many of each. */
async function spoil(sandbox, everyMs, stop) {
  const made = {};
  for (let i = 0; !stop.aborted; ++i) {
    const {fault, ending} = faults[i % faults.length];
    await sandbox.fault(fault);
    if (ending) made[ending] = (made[ending] ?? 0) + 1;
    await sleep(everyMs);
  }
  return made;
}

test(`carries 80 % of its capacity for ${seconds} s without growing, and no order fails but by a fault`, async t => {
  const sandbox = await Sandbox.start('--token_lifetime=10s', '--latency=2ms');
  const secrets = temporaryDirectory();
  const secret = (name, content) => {
    fs.writeFileSync(path.join(secrets, name), content);
    return path.join(secrets, name);
  };
  // Memory that a sanitizer retains would be counted; hanging attempts end soon.
  const gateway = await Gateway.start(sandbox, [
    `--oauth_client_id_file=${secret('id', 'sandbox-client-id')}`,
    `--oauth_client_secret_file=${secret('secret', 'sandbox-client-secret')}`,
    `--oauth_refresh_token_file=${secret('refresh', 'sandbox-refresh-token')}`,
    `--oauth_state_file=${path.join(secrets, 'state')}`, '--attempt_timeout=5s'
  ], {ASAN_OPTIONS: 'quarantine_size_mb=1'});
  gateway.forgetOutput();
  try {
    const capacity = await load(gateway, [`--duration=${Math.min(60, seconds / 2)}s`]);
    assert.deepEqual(Object.keys(capacity.endings), ['OK']);
    await sleep(rest * 1000);
    const before = held(gateway);
    console.log(`before: ${told(before)}`);

    const stop = new AbortController();
    const spoiling = spoil(sandbox, 100, stop.signal);
    const most = {...before};
    const watching = setInterval(() => {
      const now = held(gateway);
      for (const name in most) most[name] = Math.max(most[name], now[name]);
    }, 1000);
    const {endings} = await load(gateway, [`--rate=${Math.floor(capacity.perSecond * 0.8)}`, `--duration=${seconds}s`]);
    stop.abort();
    clearInterval(watching);
    const made = await spoiling;
    await sandbox.control('DELETE', 'faults');
    await sleep(rest * 1000);
    const after = held(gateway);
    console.log(`at most: ${told(most)}\nafter: ${told(after)}`);

    for (const [ending, count] of Object.entries(endings)) {
      if (ending !== 'OK') assert.ok(count <= (made[ending] ?? 0), `${count} orders ended ${ending}; made: ${made[ending]}`);
    }
    assert.ok(endings.OK > 0);
    assert.equal(after.threads, before.threads);
    assert.ok(after.descriptors <= before.descriptors + idleConnections, 'descriptors have grown');
    assert.ok(after.memory <= before.memory * 1.1 + 4 * MiB, 'memory has grown');
    const stats = await sandbox.stats();
    assert.equal(stats.postsRepeated, 0);
  } finally {
    assert.equal(await gateway.stop(), 0);
    await sandbox.stop();
  }
});
