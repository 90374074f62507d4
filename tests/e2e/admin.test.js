'use strict';
// The admin port of the built gateway, as Prometheus and Kubernetes use it.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const {example, Sandbox, Gateway, temporaryDirectory} = require('./harness.js');

const service = 'webex.broadworks.v1.WorkspaceService';

async function withGateway(body, args = []) {
  const sandbox = await Sandbox.start();
  try {
    const gateway = await Gateway.start(sandbox, args);
    try {
      await body(gateway, sandbox);
    } finally {
      await gateway.stop();
    }
  } finally {
    await sandbox.stop();
  }
}

/** Asks until `holds` is true for the answer, at most 15 s; returns the answer. */
async function until(ask, holds) {
  const limit = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > limit) throw new Error(`still ${JSON.stringify(answer)} after 15 s`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('counts each order, each attempt and each request that left', async () => {
  await withGateway(async (gateway, sandbox) => {
    const before = await gateway.metrics();
    assert.equal(before.sum('grpc_server_started_total'), 0);
    assert.equal(before.sum('webex_gateway_attempts_total'), 0);

    await gateway.provision(example);
    await sandbox.fault({kind: 'status', status: 503, headers: {'Retry-After': '0'}});
    await gateway.provision({...example, userId: 'b'});
    await sandbox.fault({kind: 'close'});
    await gateway.provision({...example, userId: 'c'});
    await gateway.provision({...example, userId: 'd', displayName: ''});
    await gateway.call(`/${service}/Nope`, Buffer.alloc(0), x => x);

    const after = await gateway.metrics();
    assert.equal(after.get('webex_gateway_attempts_total{result="200"}'), 2);
    assert.equal(after.get('webex_gateway_attempts_total{result="503"}'), 1);
    assert.equal(after.get('webex_gateway_attempts_total{result="answer_lost"}'), 1);
    assert.equal(after.sum('webex_gateway_attempts_total'), 4);
    assert.equal(after.get('webex_gateway_attempt_seconds_count'), 4);
    assert.equal(after.get('webex_gateway_sends_total'), 4);
    assert.equal((await sandbox.stats()).postsReceived, 4);
    assert.equal(after.get('webex_gateway_retries_total{cause="retry_after"}'), 1);
    assert.equal(after.get('webex_gateway_orders_total{method="ProvisionWorkspace",outcome="applied",reason=""}'), 2);
    assert.equal(after.get('webex_gateway_orders_total{method="ProvisionWorkspace",outcome="unknown",reason="WEBEX_ANSWER_LOST"}'), 1);
    assert.equal(after.get('webex_gateway_orders_total{method="ProvisionWorkspace",outcome="not_applied",reason="INVALID_REQUEST"}'), 1);
    assert.equal(after.sum('webex_gateway_orders_total'), 4);
    const labels = `grpc_method="ProvisionWorkspace",grpc_service="${service}",grpc_type="unary"`;
    assert.equal(after.get(`grpc_server_started_total{${labels}}`), 4);
    assert.equal(after.get(`grpc_server_handled_total{grpc_code="OK",${labels}}`), 2);
    assert.equal(after.get(`grpc_server_handled_total{grpc_code="Unavailable",${labels}}`), 1);
    assert.equal(after.get(`grpc_server_handled_total{grpc_code="InvalidArgument",${labels}}`), 1);
    assert.equal(after.sum('grpc_server_handled_total'), 5);
    assert.equal(after.sum('webex_gateway_rpcs_in_flight'), 0);
    assert.ok(after.get('process_resident_memory_bytes') > 1e6);
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort(), 'every series is there from the start');
  });
});

test('is alive but not ready while the breaker is open, and ready again for the order that probes', async () => {
  await withGateway(async (gateway, sandbox) => {
    assert.equal((await gateway.admin('/readyz')).status, 200);
    await sandbox.fault({kind: 'status', status: 500, count: 10});
    for (let i = 0; i < 10; ++i) await gateway.provision({...example, userId: `user-${i}`});

    const ready = await gateway.admin('/readyz');
    assert.equal(ready.status, 503);
    const failing = JSON.parse(ready.body).checks.filter(check => !check.ok).map(check => check.name);
    assert.deepEqual(failing, ['breaker']);
    assert.equal((await gateway.admin('/livez')).status, 200);
    assert.equal((await gateway.metrics()).get('webex_gateway_breaker_state{state="open"}'), 1);
    await until(() => gateway.health(service), answer => answer.value.status === 'NOT_SERVING');
    assert.equal((await gateway.health('')).value.status, 'SERVING');

    await until(() => gateway.admin('/readyz'), answer => answer.status === 200);  // a probe is due
    assert.equal((await gateway.provision(example)).code, 'OK');
    assert.equal((await gateway.metrics()).get('webex_gateway_breaker_state{state="closed"}'), 1);
    await until(() => gateway.health(service), answer => answer.value.status === 'SERVING');
  });
});

test('says during a drain that it is alive and takes no more orders', async () => {
  await withGateway(async (gateway, sandbox) => {
    await sandbox.control('PUT', 'config', {latencyMs: 1000});
    const answered = gateway.provision(example);
    await sandbox.received(1);
    gateway.signal('SIGTERM');
    const ready = await until(() => gateway.admin('/readyz'), answer => answer.status === 503);
    assert.equal(JSON.parse(ready.body).checks.find(check => check.name === 'drain').ok, false);
    assert.equal((await gateway.admin('/livez')).status, 200);
    assert.equal((await gateway.metrics()).get('webex_gateway_calls_in_flight'), 1);
    assert.equal((await answered).code, 'OK');
    assert.equal(await gateway.exited, 0);
  });
});

test('shows nothing of an order and no secret', async () => {
  await withGateway(async gateway => {
    const answer = await gateway.provision(example);
    const pages = await Promise.all(['/', '/status.json', '/metrics', '/readyz', '/livez'].map(page => gateway.admin(page)));
    for (const {status} of pages) assert.equal(status, 200);
    const shown = pages.map(({body}) => body).join('\n');
    const requestId = answer.trailers['x-request-id'];
    for (const secret of ['sandbox-token', 'sp.com', 'Conference', '555-1212', 'acme', requestId]) {
      assert.ok(!shown.includes(secret), `${secret} is shown`);
    }
  });
});

test('says which address of the admin port it cannot have', async () => {
  await withGateway(async (gateway, sandbox) => {
    const address = new URL(gateway.adminUrl).host;
    await assert.rejects(Gateway.start(sandbox, [`--admin_listen=${address}`]), new RegExp(`cannot listen on ${address}`));
  });
});

test('answers no name but its own, so that no page from elsewhere can read it in a browser', async () => {
  await withGateway(async gateway => {
    const {hostname, port} = new URL(gateway.adminUrl);
    const statusFor = host => new Promise((resolve, reject) => {
      http.get({host: hostname, port, path: '/status.json', headers: {Host: host}}, answer => resolve(answer.resume().statusCode))
          .on('error', reject);
    });
    for (const host of [`${hostname}:${port}`, `localhost:${port}`, '10.1.2.3:9464', `bss-1.example.com:${port}`]) {
      assert.equal(await statusFor(host), 200, host);
    }
    for (const host of [`rebound.example.net:${port}`, 'example.com', 'localhost.example.net']) {
      assert.equal(await statusFor(host), 421, host);
    }
  }, ['--admin_names=bss-1.example.com']);
});

test('says how an operator calls webexctl where the gateway runs', async () => {
  const sandbox = await Sandbox.start();
  const socket = path.join(temporaryDirectory(), 'grpc.sock');
  const cases = [
    [[], {}, 'webexctl'],
    [[`--listen=127.0.0.1:0,unix:${socket}`], {}, `webexctl --address=unix:${socket}`],
    [[], {KUBERNETES_SERVICE_HOST: '10.0.0.1'}, `kubectl exec --namespace=… ${os.hostname()} --container=webex-gateway -- webexctl`],
  ];
  try {
    for (const [args, env, command] of cases) {
      const gateway = await Gateway.start(sandbox, args, {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token', ...env});
      assert.equal(JSON.parse((await gateway.admin('/status.json')).body).webexctl, command);
      await gateway.stop();
    }
  } finally {
    await sandbox.stop();
  }
});
