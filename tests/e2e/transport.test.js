'use strict';
// How real third-party clients handle the gateway's answers.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const {clients, retryPolicy} = require('./clients.js');
const {example, Sandbox, Gateway, temporaryDirectory} = require('./harness.js');

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

let orders = 0;
const order = () => ({...example, userId: `${++orders}@sp.com`, requestId: crypto.randomUUID()});

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
const provision = (client, options) => client.call('ProvisionWorkspace', order(), options);

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
  const bomb = await client.call('ProvisionWorkspace', {...order(), displayName: 'x'.repeat(50 << 20)});
  assert.equal(bomb.code, 'INVALID_ARGUMENT', bomb.message);
  assert.equal(bomb.info.reason, 'INVALID_REQUEST');
  assert.match(bomb.message, /more than the 65536 bytes that are allowed when it is decompressed/);
  assert.equal((await provision(client)).code, 'OK');
});

/** A gateway that is restarted on its port and ledger whenever it has stopped. */
class Restarting {
  constructor(upstream) {
    this.upstream = upstream;
    this.ledger = path.join(temporaryDirectory(), 'ledger.db');
    // On an address that no other test uses, so that the port stays free.
    this.listen = '127.0.77.1:0';
  }
  async start() {
    this.gateway = await Gateway.start(this.upstream, [`--listen=${this.listen}`, `--ledger=sqlite:${this.ledger}`]);
    this.listen = `127.0.77.1:${this.gateway.address.split(':')[1]}`;
  }
  async restart() {
    assert.equal(await this.gateway.stop(), 0);
    await this.start();
  }
}

/** This many callers that order one workspace after the other, until they are stopped; returns the number of each answer. */
function orderWithoutEnd(client, callers) {
  const counts = {};
  let ended = false;
  const oneAfterTheOther = async () => {
    while (!ended) {
      const {code, message, info} = await provision(client, {waitForReady: true});
      const word = info.reason ?? (code === 'OK' ? code : `${code}: ${message}`);
      counts[word] = (counts[word] ?? 0) + 1;
    }
  };
  const done = Promise.all(Array.from({length: callers}, oneAfterTheOther));
  return {
    async end() {
      ended = true;
      await done;
      return counts;
    }
  };
}

for (const [words, serviceConfig, expected] of [
  ['without a retry policy no call ends but with GATEWAY_STOPPING', undefined, ['GATEWAY_STOPPING', 'OK']],
  ['with a retry policy every call is carried out', retryPolicy, ['OK']],
]) {
  test(`8 restarts under 40 callers of each client: ${words}`, async () => {
    const slow = await Sandbox.start('--latency=20ms');
    const restarting = new Restarting(slow);
    await restarting.start();
    const all = Object.values(clients).map(make => make(restarting.listen, {serviceConfig}));
    try {
      const ordering = all.map(client => orderWithoutEnd(client, 40));
      for (let i = 0; i < 8; ++i) {
        await slow.received((await slow.stats()).postsReceived + 200);
        await restarting.restart();
      }
      await slow.received((await slow.stats()).postsReceived + 200);
      const counts = await Promise.all(ordering.map(each => each.end()));
      console.log(JSON.stringify(counts));
      for (const each of counts) assert.deepEqual(Object.keys(each).filter(word => !expected.includes(word)), []);
      // Some caller met each end.
      for (const word of expected) assert.ok(counts.some(each => each[word] > 0), `nobody got ${word}`);
    } finally {
      for (const client of all) await client.close();
      await restarting.gateway.stop();
      await slow.stop();
    }
  });
}
