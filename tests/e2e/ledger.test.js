'use strict';
// The ledger through the built gateway: replay, refusal, restart.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {example, Sandbox, Gateway, webexctl, webexGateway, temporaryDirectory} = require('./harness.js');

const requestId = '11111111-2222-4333-8444-555555555555';
const order = Object.freeze({...example, requestId});

/** Runs `body` with a sandbox and a way to start gateways on the same ledger, and ends them all. */
async function withLedger(body) {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'ledger.db');
  const sandbox = await Sandbox.start();
  const gateways = [];
  try {
    await body(sandbox, async () => {
      gateways.push(await Gateway.start(sandbox, [`--ledger=sqlite:${file}`, '--attempt_timeout=2s']));
      return gateways.at(-1);
    }, file);
  } finally {
    await Promise.all(gateways.map(gateway => gateway.stop()));
    await sandbox.stop();
    fs.rmSync(directory, {recursive: true});
  }
}

test('answers an order that is repeated from the ledger, and says so', () => withLedger(async (sandbox, start) => {
  const gateway = await start();
  const first = await gateway.provision(order);
  assert.equal(first.code, 'OK');
  assert.equal(first.trailers['x-idempotent-replayed'], undefined);
  const second = await gateway.provision(order);
  assert.deepEqual(second.value, first.value);
  assert.equal(second.trailers['x-idempotent-replayed'], 'true');
  assert.equal(second.trailers['x-request-id'], requestId);
  assert.equal(second.trailers['x-webex-tracking-id'], first.trailers['x-webex-tracking-id']);
  assert.equal((await sandbox.stats()).postsReceived, 1);
}));

test('answers it so after a restart, too', () => withLedger(async (sandbox, start) => {
  const before = await start();
  const first = await before.provision(order);
  assert.equal(await before.stop(), 0);
  const after = await start();
  const second = await after.provision(order);
  assert.deepEqual(second.value, first.value);
  assert.equal(second.trailers['x-idempotent-replayed'], 'true');
  assert.equal((await sandbox.stats()).postsReceived, 1);
}));

test('does not send again what was under way when the gateway was killed', () => withLedger(async (sandbox, start) => {
  const killed = await start();
  await sandbox.fault({kind: 'hang', when: 'after'});
  const lost = killed.provision(order);
  await sandbox.received(1);
  await killed.stop('SIGKILL');
  assert.equal((await lost).code, 'UNAVAILABLE');
  const gateway = await start();
  assert.match(gateway.output, /the ledger has 1 operations that were under way/);
  const again = await gateway.provision(order);
  assert.equal(again.code, 'FAILED_PRECONDITION');
  assert.equal(again.info.reason, 'OUTCOME_UNKNOWN');
  assert.equal(again.outcome, 'unknown');
  assert.equal(again.trailers['grpc-retry-pushback-ms'], '-1');
  const other = await gateway.provision(example);
  assert.equal(other.info.reason, 'OUTCOME_UNKNOWN');
  assert.equal(other.info.metadata.earlier_request_id, requestId);
  assert.equal((await sandbox.stats()).postsReceived, 1);
}));

test('gives who asks meanwhile the same answer, and keeps other orders for the user back', () => withLedger(
  async (sandbox, start) => {
    const gateway = await start();
    await sandbox.control('PUT', 'config', {latencyMs: 500});
    const first = gateway.provision(order);
    await sandbox.received(1);
    const same = gateway.provision(order);
    const other = await gateway.provision(example);
    assert.equal(other.code, 'ABORTED');
    assert.equal(other.info.reason, 'OPERATION_IN_PROGRESS');
    assert.equal(other.outcome, 'not_applied');
    assert.equal(other.info.metadata.earlier_request_id, requestId);
    assert.deepEqual((await same).value, (await first).value);
    assert.equal((await same).trailers['x-idempotent-replayed'], 'true');
    assert.equal((await sandbox.stats()).postsReceived, 1);
  }));

test('refuses an id that was used for another order', () => withLedger(async (sandbox, start) => {
  const gateway = await start();
  await gateway.provision(order);
  const answer = await gateway.provision({...order, displayName: 'Another Room'});
  assert.equal(answer.code, 'INVALID_ARGUMENT');
  assert.equal(answer.info.reason, 'REQUEST_ID_REUSED');
  assert.equal((await sandbox.stats()).postsReceived, 1);
}));

test('does not start on a ledger that another gateway has', () => withLedger(async (sandbox, start, file) => {
  await start();
  const second = await webexGateway(['--listen=127.0.0.1:0', '--admin_listen=', `--ledger=sqlite:${file}`],
      {env: {WEBEX_GATEWAY_WEBEX_TOKEN: 'x'}});
  assert.equal(second.code, 1);
  assert.match(second.stderr, /--ledger: \S*ledger\.db: it is in use by another process/);
}));

test('sends nothing while its file is not there or may not grow', () => withLedger(async (sandbox, start, file) => {
  const gateway = await start();
  const refused = async () => {
    const answer = await gateway.provision(order);
    assert.equal(answer.code, 'UNAVAILABLE');
    assert.equal(answer.info.reason, 'LEDGER_UNAVAILABLE');
    assert.equal((await fetch(`${gateway.adminUrl}/readyz`)).status, 503);
  };
  fs.renameSync(file, `${file}.away`);
  await refused();
  fs.renameSync(`${file}.away`, file);
  const grow = limit => execFileSync('prlimit', ['--pid', gateway.process.pid, `--fsize=${limit}`]);
  grow('1024:unlimited');
  await refused();
  grow('unlimited');
  assert.equal((await gateway.provision(order)).code, 'OK');
  assert.equal((await sandbox.stats()).postsReceived, 1);
}));

test('says loudly that there is no ledger', async () => {
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox, ['--ledger=none']);
  await gateway.stop();
  await sandbox.stop();
  assert.match(gateway.output, /--ledger=none: orders are not recorded/);
});

test('a stop ends within its limits though the disk hangs and a call waits for the ledger', async () => {
  const directory = temporaryDirectory();
  const sign = path.join(directory, 'hangs');
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox, ['--drain_timeout=3s'], {
    WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token',
    LD_PRELOAD: path.resolve(process.env.WEBEX_BIN, 'libhanging_disk.so'),
    ASAN_OPTIONS: 'verify_asan_link_order=0',
    HANGS_WHILE: sign
  });
  try {
    fs.writeFileSync(sign, '');
    const address = `--address=${gateway.address}`;
    const ordering = webexctl(['provision', '--file=-', '--timeout=2s', address], {input: JSON.stringify(example)});
    await sleep(500);
    const asked = await webexctl(['operations', 'get', '00000000-0000-4000-8000-000000000001', '--timeout=1s', address]);
    assert.equal(asked.code, 64 + 4, asked.stderr);
    assert.match((await ordering).stderr, /DEADLINE_BEFORE_SENT/);
    assert.equal(await gateway.stop(), 0);
    assert.match(gateway.output, /its disk may hang/);
    assert.equal((await sandbox.stats()).postsReceived, 0);
  } finally {
    fs.rmSync(directory, {recursive: true});
    await gateway.stop();
    await sandbox.stop();
  }
});
