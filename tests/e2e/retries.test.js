'use strict';
// Callers' own retry policies: gRPC's libraries repeat a call by themselves, and mark the repetition. With two
// third-party ones, grpc-js and Debian's grpcio.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const net = require('node:net');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {clients} = require('./clients.js');
const {grpc, contract, details, example, run, Sandbox, Gateway} = require('./harness.js');

const provision = contract.webex.broadworks.v1.WorkspaceService.service.ProvisionWorkspace;
const remove = contract.webex.broadworks.v1.WorkspaceService.service.RemoveWorkspace;
const requestId = '6f1c9a52-3d0e-4b71-9c1e-0a4b5d6e7f80';
const seconds = 20;

const policy = {
  methodConfig: [{
    name: [{service: 'webex.broadworks.v1.WorkspaceService'}],
    retryPolicy: {
      maxAttempts: 5,
      initialBackoff: '0.1s',
      maxBackoff: '0.1s',
      backoffMultiplier: 1,
      retryableStatusCodes: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'],
    },
  }],
};

async function byGrpcJs(address, method, order) {
  const channel = new grpc.Client(address, grpc.credentials.createInsecure(), {'grpc.service_config': JSON.stringify(policy)});
  try {
    return await Gateway.prototype.call.call(
        {channel}, method.path, method.requestSerialize(order), method.responseDeserialize,
        {deadline: Date.now() + 1000 * seconds});
  } finally {
    channel.close();
  }
}

// The interpreter for Debian's packages.
async function byGrpcio(address, method, order) {
  const message = method.requestSerialize(order).toString('base64');
  const asked = {address, method: method.path, message, seconds, serviceConfig: policy};
  const {code, stdout, stderr} =
      await run('/usr/bin/python3', [path.join(__dirname, 'grpcio_call.py')], {input: JSON.stringify(asked)});
  assert.equal(code, 0, stderr);
  const answer = JSON.parse(stdout);
  const metadata = new grpc.Metadata();
  for (const [key, value] of answer.trailers) {
    const bytes = Buffer.from(value, 'base64');
    metadata.add(key, key.endsWith('-bin') ? bytes : bytes.toString());
  }
  const info = details(metadata)['google.rpc.ErrorInfo'] ?? {};
  const value = answer.code === 'OK' ? method.responseDeserialize(Buffer.from(answer.value, 'base64')) : undefined;
  return {...answer, value, info, outcome: info.metadata?.outcome, trailers: metadata.getMap()};
}

/** A connection to the gateway that can be cut, and on which its answers can be held back. */
class Way {
  static async to(address) {
    const way = new Way();
    way.pairs = new Set();
    way.held = false;
    const [host, port] = address.split(':');
    way.server = net.createServer(near => {
      const far = net.connect(port, host);
      const pair = [near, far];
      way.pairs.add(pair);
      near.pipe(far);
      far.on('data', bytes => way.held || near.write(bytes));
      for (const socket of pair) {
        socket.on('error', () => {});
        socket.on('close', () => {
          way.pairs.delete(pair);
          pair.forEach(other => other.destroy());
        });
      }
    });
    await new Promise(resolve => way.server.listen(0, '127.0.0.1', resolve));
    way.address = `127.0.0.1:${way.server.address().port}`;
    return way;
  }

  /** Once the order is on its way to Webex, no answer comes through until the connections are cut. */
  async loseAnswer() {
    await until(1, 'orders on their way', async () => (await gateway.metrics()).get('webex_gateway_calls_in_flight'));
    this.held = true;
  }
  cut() {
    for (const [near, far] of this.pairs) [near, far].forEach(socket => socket.destroy());
    this.held = false;
  }
  close() {
    this.cut();
    this.server.close();
  }
}

let sandbox;
let gateway;
let way;

before(async () => {
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox);
  way = await Way.to(gateway.address);
});
after(async () => {
  way?.close();
  await gateway?.stop();
  await sandbox?.stop();
});
beforeEach(() => sandbox.control('POST', 'reset'));

/** Waits until `count` returns that many, for 10 s at most. */
async function until(number, what, count) {
  const limit = Date.now() + 10_000;
  for (;;) {
    const counted = await count();
    if (counted >= number) return counted;
    assert.ok(Date.now() < limit, `${counted} ${what}, not ${number}`);
    await sleep(10);
  }
}
/** Orders that have ended with these labels, and so are on record. */
const ended = (number, ...labels) => until(number, `orders ended with ${labels}`, async () => {
  const series = [...await gateway.metrics()].filter(
      ([name]) => name.startsWith('webex_gateway_orders_total') && labels.every(label => name.includes(label)));
  return series.reduce((sum, [, value]) => sum + value, 0);
});

let number = 0;
const newOrder = () => ({...example, userId: `retry-${++number}@sp.com`});

for (const [name, call] of [['grpc-js', byGrpcJs], ['grpcio', byGrpcio]]) {
  test(`${name}: a retry without a request id gets the workspace of the attempt that is under way`, async () => {
    const order = newOrder();
    await sandbox.control('PUT', 'config', {latencyMs: 1500});
    const answer = call(way.address, provision, order);
    await sandbox.received(1);
    way.cut();
    const {code, message, trailers, value} = await answer;
    assert.equal(code, 'OK', message);
    assert.equal(trailers['x-idempotent-replayed'], 'true');
    assert.deepEqual((await sandbox.workspacesOf(order.userId)).map(({id}) => id), [value.id]);
    assert.equal((await sandbox.stats()).postsReceived, 1);
  });

  test(`${name}: a retry without a request id gets the workspace of the attempt whose answer was lost`, async () => {
    const order = newOrder();
    const before = await ended(0, 'outcome="applied"');
    await sandbox.control('PUT', 'config', {latencyMs: 1500});
    const answer = call(way.address, provision, order);
    await way.loseAnswer();
    await ended(before + 1, 'outcome="applied"');
    way.cut();
    const {code, message, trailers, value} = await answer;
    assert.equal(code, 'OK', message);
    assert.equal(trailers['x-idempotent-replayed'], 'true');
    assert.deepEqual((await sandbox.workspacesOf(order.userId)).map(({id}) => id), [value.id]);
    assert.equal((await sandbox.stats()).postsReceived, 1);
  });

  test(`${name}: a retry without a request id of a removal that has worked has worked`, async () => {
    const {value} = await gateway.provision(newOrder());
    const removed = ['method="RemoveWorkspace"', 'outcome="applied"'];
    const before = await ended(0, ...removed);
    await sandbox.control('PUT', 'config', {latencyMs: 1500});
    const answer = call(way.address, remove, {workspaceId: value.id});
    await way.loseAnswer();
    await ended(before + 1, ...removed);
    way.cut();
    const {code, message} = await answer;
    assert.equal(code, 'OK', message);
  });

  test(`${name}: a retry without a request id is never told that an order of which nobody knows was not applied`, async () => {
    const order = newOrder();
    const before = await ended(0, 'reason="WEBEX_ANSWER_LOST"');
    await sandbox.fault({kind: 'hang', when: 'after', delayMs: 1500});
    const answer = call(way.address, provision, order);
    await way.loseAnswer();
    await ended(before + 1, 'reason="WEBEX_ANSWER_LOST"');
    way.cut();
    const {code, info, outcome, trailers} = await answer;
    assert.equal(code, 'FAILED_PRECONDITION');
    assert.equal(info.reason, 'OUTCOME_UNKNOWN');
    assert.equal(outcome, 'unknown');
    assert.equal(trailers['x-request-id'], info.metadata.earlier_request_id);
    assert.equal((await sandbox.stats()).postsReceived, 1);
  });

  test(`${name}: its retry policy waits out a pause that Webex asks for`, async () => {
    const small = await Gateway.start(sandbox, ['--max_upstream_calls=1', '--max_queued_calls=0']);
    try {
      await sandbox.control('PUT', 'config', {rateLimit: 1, retryAfter: '2'});
      assert.equal((await small.provision(newOrder())).code, 'OK');
      const first = small.provision(newOrder());
      while (!(await small.metrics()).get('webex_gateway_pause_seconds')) await sleep(10);
      const begun = Date.now();
      const {code, message} = await call(small.address, provision, {...newOrder(), requestId});
      assert.equal(code, 'OK', message);
      assert.ok(Date.now() - begun > 1000, 'it was told to wait');
      assert.equal((await first).code, 'OK');
      const metrics = await small.metrics();
      const limited = [...metrics].find(([name]) => /orders_total.*ProvisionWorkspace.*WEBEX_RATE_LIMITED/.test(name));
      assert.ok(limited[1] >= 1, 'no attempt was refused');
    } finally {
      await small.stop();
    }
  });
}

// What marks a call as a retry, and what does not: junk from a caller, first attempts, and Envoy's count of one.
for (const [header, value, isRetry] of [
  ['grpc-previous-rpc-attempts', '1', true],
  ['grpc-previous-rpc-attempts', '4', true],
  ['grpc-previous-rpc-attempts', '0', false],
  ['grpc-previous-rpc-attempts', '-1', false],
  ['grpc-previous-rpc-attempts', 'junk', false],
  ['grpc-previous-rpc-attempts', '1 ', true],
  ['grpc-previous-rpc-attempts', '99999999999999999999', false],
  ['x-envoy-attempt-count', '2', true],
  ['x-envoy-attempt-count', '1', false],
  ['x-envoy-attempt-count', '0', false],
  ['x-envoy-attempt-count', 'junk', false],
]) {
  test(`${header}: ${JSON.stringify(value)} ${isRetry ? 'marks' : 'does not mark'} a call as made again`, async () => {
    const client = clients['grpc-js'](gateway.address);
    try {
      const order = newOrder();
      const first = await client.call('ProvisionWorkspace', order);
      assert.equal(first.code, 'OK');
      const again = await client.call('ProvisionWorkspace', order, {metadata: [[header, value]]});
      assert.equal((await sandbox.stats()).postsReceived, isRetry ? 1 : 2);
      assert.equal(again.code, isRetry ? 'OK' : 'ALREADY_EXISTS');
      assert.equal(again.trailers['x-idempotent-replayed'], isRetry ? 'true' : undefined);
      assert.equal(again.trailers['x-request-id'] === first.trailers['x-request-id'], isRetry);
    } finally {
      await client.close();
    }
  });
}
