'use strict';
// How real third-party clients handle the gateway's answers.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const {clients, retryPolicy} = require('./clients.js');
const {example, newOrder, Sandbox, Gateway} = require('./harness.js');

let sandbox;
let gateway;

before(async () => {
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});
beforeEach(() => sandbox.control('POST', 'reset'));

/** Runs `body` with each client in turn. */
function withEachClient(name, options, body) {
  for (const [maker, make] of Object.entries(clients)) {
    test(`${maker}: ${name}`, async () => {
      const client = make(gateway.address, options);
      try {
        await body(client, maker);
      } finally {
        await client.close();
      }
    });
  }
}
const provision = (client, options) => client.call('ProvisionWorkspace', newOrder(), options);

withEachClient('is answered with a workspace, or an error that says what it is', {}, async client => {
  assert.equal((await provision(client)).code, 'OK');
  const refused = await client.call('ProvisionWorkspace', {});
  assert.equal(refused.code, 'INVALID_ARGUMENT');
  assert.equal(refused.info.reason, 'INVALID_REQUEST');
});

test('a wait that is not over before the deadline is not waited by a client with a retry policy', async t => {
  for (const [maker, make] of Object.entries(clients)) {
    await t.test(maker, async () => {
      const slow = await Sandbox.start();
      const limited = await Gateway.start(slow);
      const client = make(limited.address, {serviceConfig: retryPolicy});
      try {
        await slow.control('PUT', 'config', {rateLimit: 1, retryAfter: '30'});
        assert.equal((await provision(client)).code, 'OK');
        const begun = Date.now();
        const refused = await provision(client, {timeout: 8});
        assert.ok(Date.now() - begun < 4000, `${Date.now() - begun} ms`);
        assert.equal(refused.code, 'RESOURCE_EXHAUSTED');
        assert.equal(refused.info.reason, 'WEBEX_RATE_LIMITED');
        assert.equal(refused.outcome, 'not_applied');
        assert.equal(refused.trailers['grpc-retry-pushback-ms'], '-1');
        assert.equal(Number(refused.details['google.rpc.RetryInfo'].retryDelay.seconds), 30);
        assert.equal(refused.trailers['x-request-id'], refused.info.metadata.request_id);
      } finally {
        await client.close();
        await limited.stop();
        await slow.stop();
      }
    });
  }
});

// Most of it is one large JWT.
const metadataOf = kib => [['authorization', `Bearer ${'x'.repeat(1024 * (kib - 1))}`], ['baggage', 'y'.repeat(50)]];

withEachClient('may bring 64 KiB of metadata; more ends that call alone, and says why', {}, async client => {
  await sandbox.fault({kind: 'drip', delayMs: 3});
  const underWay = provision(client);
  await sandbox.received(1);
  for (const kib of [8, 20, 64]) {
    assert.equal((await provision(client, {metadata: metadataOf(kib)})).code, 'OK', `${kib} KiB`);
  }
  for (const kib of [66, 200, 300]) {
    const refused = await provision(client, {metadata: metadataOf(kib)});
    assert.equal(refused.code, 'INVALID_ARGUMENT', `${kib} KiB`);
    assert.equal(refused.info.reason, 'INVALID_REQUEST');
    assert.equal(refused.outcome, 'unchanged');
    assert.match(refused.message, /metadata .* at most 65536/);
  }
  assert.equal((await underWay).code, 'OK');
});

withEachClient('may compress its messages with gzip', {gzip: true}, async client => {
  const {code, value} = await provision(client);
  assert.equal(code, 'OK');
  assert.equal(value.displayName, example.displayName);
});

withEachClient('has a message refused that is too much when it is decompressed', {gzip: true}, async client => {
  const bomb = await client.call('ProvisionWorkspace', {...newOrder(), displayName: 'x'.repeat(50 << 20)});
  assert.equal(bomb.code, 'INVALID_ARGUMENT', bomb.message);
  assert.equal(bomb.info.reason, 'INVALID_REQUEST');
  assert.match(bomb.message, /more than the 65536 bytes that are allowed when it is decompressed/);
  assert.equal((await provision(client)).code, 'OK');
});
