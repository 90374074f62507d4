'use strict';
// What an operator does about an unknown order, with webexctl against the real gateway.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const {newOrder, Sandbox, Gateway, webexctl} = require('./harness.js');

let sandbox;
let gateway;

before(async () => {
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox, ['--attempt_timeout=2s']);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});
beforeEach(() => sandbox.control('POST', 'reset'));

const operations = (...args) => webexctl(['operations', ...args, `--address=${gateway.address}`]);

async function unknownIds() {
  const {code, stdout, stderr} = await operations('list', '--state=unknown', '--output=json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).operations.map(operation => operation.requestId);
}

test('an order whose answer was lost is found, resolved as applied, and then answered from the record', async () => {
  const order = newOrder();
  await sandbox.fault({kind: 'close', when: 'after'});
  const lost = await gateway.provision(order);
  assert.equal(lost.outcome, 'unknown');
  const [workspace] = await sandbox.workspacesOf(order.userId);
  assert.deepEqual(await unknownIds(), [order.requestId]);
  const table = await operations('list', '--state=unknown');
  assert.match(table.stdout, new RegExp(`\n${order.requestId}  UNKNOWN  ${order.userId} +WEBEX_ANSWER_LOST +\\S+Z  provision\n`));
  const known = await operations('get', order.requestId);
  assert.match(known.stdout, /\n  Attempts: +1\n/);
  assert.match(known.stdout, /operations resolve \S+ \\\n +--applied --workspace_id=ID/);

  const note = 'seen in Control Hub';
  const resolved =
      await operations('resolve', order.requestId, '--applied', `--workspace_id=${workspace.id}`, `--note=${note}`);
  assert.equal(resolved.code, 0, resolved.stderr);
  assert.match(resolved.stdout, /\n  State: +SUCCEEDED\n/);
  assert.match(resolved.stdout, /\n  Resolved by: +anonymous\n  Note: +seen in Control Hub\n/);
  assert.deepEqual(await unknownIds(), []);
  await gateway.line(new RegExp(`"resolved","request_id":"${order.requestId}","outcome":"applied","resolver":"anonymous"`));
  assert.ok(!gateway.output.includes(note));

  const replayed = await gateway.provision(order);
  assert.equal(replayed.code, 'OK');
  assert.equal(replayed.value.id, workspace.id);
  assert.equal(replayed.value.userId, order.userId);
  assert.equal(replayed.trailers['x-idempotent-replayed'], 'true');
  assert.equal((await sandbox.stats()).postsReceived, 1);
});

test('an order that proves not to have been applied is resolved so, and sent again under the same id', async () => {
  const order = newOrder();
  await sandbox.fault({kind: 'status', status: 500});
  assert.equal((await gateway.provision(order)).outcome, 'unknown');
  assert.equal((await gateway.provision(order)).info.reason, 'OUTCOME_UNKNOWN');
  assert.equal((await operations('resolve', order.requestId, '--not_applied', '--note=not there')).code, 0);
  const answer = await gateway.provision(order);
  assert.equal(answer.code, 'OK');
  assert.equal(answer.trailers['x-idempotent-replayed'], undefined);
  assert.equal((await sandbox.workspacesOf(order.userId)).length, 1);
});

test('another order for the same user is told which one to resolve first', async () => {
  const order = newOrder();
  await sandbox.fault({kind: 'status', status: 500});
  await gateway.provision(order);
  const fields = ['provisioning_id=p', `user_id=${order.userId}`, `sp_enterprise_id=${order.spEnterpriseId}`, 'display_name=d'];
  const {code, stderr} =
      await webexctl(['provision', `--address=${gateway.address}`, ...fields.map(field => `--${field}`)]);
  assert.equal(code, 64 + 9);
  assert.match(stderr, new RegExp(`\n  Resolve it: +webexctl operations get ${order.requestId} shows how\n`));
  await operations('resolve', order.requestId, '--not_applied', '--note=not there');
});

test('only an order on record that is UNKNOWN can be resolved', async () => {
  const order = newOrder();
  await gateway.provision(order);
  const {code, stdout} =
      await operations('resolve', order.requestId, '--not_applied', '--note=a mistake', '--output=json');
  assert.equal(code, 64 + 9);
  assert.equal(JSON.parse(stdout).error.reason, 'OPERATION_NOT_UNKNOWN');
  assert.equal((await operations('get', '00000000-0000-4000-8000-ffffffffffff')).code, 64 + 5);
  assert.equal((await operations('get', 'mine')).code, 64 + 3);
});

test('a gateway without a ledger says so', async () => {
  const forgetful = await Gateway.start(sandbox, ['--ledger=none']);
  try {
    const {code, stderr} = await webexctl(['operations', 'list', `--address=${forgetful.address}`]);
    assert.equal(code, 64 + 12);
    assert.match(stderr, /LEDGER_NOT_KEPT/);
  } finally {
    await forgetful.stop();
  }
});
