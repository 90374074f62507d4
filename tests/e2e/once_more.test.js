'use strict';
// After an outage: Webex has acted on half of many orders and answered none. All are unknown; all are settled, and each
// is carried out exactly once.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {example, Sandbox, Gateway, webexctl, temporaryDirectory} = require('./harness.js');

const ORDERS = 500;

const orders = Array.from({length: ORDERS}, (_, i) => ({
                                              ...example,
                                              userId: `${i}@sp.com`,
                                              requestId: `00000000-0000-4000-8000-${`${i}`.padStart(12, '0')}`,
                                            }));
const repeated = orders.map(order => ({...order, ifUnknown: 'REPEAT'}));

/** All orders are UNKNOWN, and Webex has every other one; then `body`, with a gateway on the same ledger. */
async function afterAnOutage(body) {
  const directory = temporaryDirectory();
  const args = [`--ledger=sqlite:${path.join(directory, 'ledger.db')}`, `--max_upstream_calls=${ORDERS}`];
  const sandbox = await Sandbox.start();
  const gateways = [];
  const start = async () => {
    gateways.push(await Gateway.start(sandbox, args));
    return gateways.at(-1);
  };
  try {
    const killed = await start();
    await sandbox.fault(orders.map((_, i) => ({at: i + 1, kind: 'hang', when: 'after', applied: i % 2 === 0})));
    const lost = orders.map(order => killed.provision(order));
    await sandbox.received(ORDERS);
    killed.signal('SIGKILL');
    for (const answer of await Promise.all(lost)) assert.equal(answer.code, 'UNAVAILABLE');
    await sandbox.control('DELETE', 'faults');
    const {items} = await sandbox.control('GET', 'workspaces');
    assert.equal(items.length, ORDERS / 2);
    const gateway = await start();
    assert.equal((await gateway.metrics()).get('webex_gateway_ledger_operations{state="unknown"}'), ORDERS);
    await body(sandbox, gateway, items);
    const made = (await sandbox.control('GET', 'workspaces')).items.map(workspace => workspace.userId);
    assert.deepEqual(made.sort(), orders.map(order => order.userId).sort(), 'everything exactly once');
    assert.equal((await gateway.metrics()).get('webex_gateway_ledger_operations{state="unknown"}'), 0);
    assert.equal((await gateway.metrics()).get('webex_gateway_contradicted_orders_total'), 0);
  } finally {
    await Promise.all(gateways.map(gateway => gateway.stop()));
    await sandbox.stop();
    fs.rmSync(directory, {recursive: true});
  }
}

test('callers have their orders sent once more', () => afterAnOutage(async (sandbox, gateway, made) => {
  const held = await gateway.provision(orders[0]);
  assert.equal(held.info.reason, 'OUTCOME_UNKNOWN');
  const answers = await Promise.all(repeated.map(order => gateway.provision(order)));
  const exists = new Set(made.map(workspace => workspace.userId));
  answers.forEach((answer, i) => {
    assert.equal(answer.code, 'OK', answer.message);
    assert.equal(answer.value.userId, orders[i].userId);
    const existed = exists.has(orders[i].userId);
    assert.equal(answer.value.state, existed ? 'ACCEPTED' : 'PROVISIONED');
    assert.equal(answer.value.id === '', existed);
  });
  assert.equal((await sandbox.stats()).postsReceived, 2 * ORDERS);
  // From now on all are answered from the record.
  for (const [i, order] of repeated.entries()) {
    const replay = await gateway.provision(order);
    assert.equal(replay.code, 'OK', replay.message);
    assert.deepEqual(replay.value, answers[i].value);
  }
  assert.equal((await sandbox.stats()).postsReceived, 2 * ORDERS);
  // Shows why an order that Webex refused counts as carried out.
  const refused = orders.find(order => exists.has(order.userId));
  const {stdout} = await webexctl(['operations', 'get', refused.requestId, `--address=${gateway.address}`]);
  assert.match(stdout, /\n  State: +SUCCEEDED\n[^]*\n  Error: +ALREADY_EXISTS \(WEBEX_ALREADY_EXISTS\)\n/);
}));

test('webexctl batch has them sent once more', () => afterAnOutage(async (sandbox, gateway) => {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'rooms.jsonl');
  fs.writeFileSync(file, orders.map(order => JSON.stringify(order)).join('\n'));
  const batch = (...args) =>
      webexctl(['batch', file, '--output=json', `--address=${gateway.address}`, ...args], {timeout: 120_000});
  const {code, stdout, stderr} = await batch('--if_unknown=repeat');
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).applied, ORDERS);
  assert.equal((await sandbox.stats()).postsReceived, 2 * ORDERS);
  assert.equal(JSON.parse((await batch()).stdout).applied, ORDERS);
  assert.equal((await sandbox.stats()).postsReceived, 2 * ORDERS);
  fs.rmSync(directory, {recursive: true});
}));

test('webexctl has an order sent once more', () => afterAnOutage(async (sandbox, gateway) => {
  const provision = ({requestId, ...order}) => webexctl(
      ['provision', '--file=-', '--if_unknown=repeat', `--request_id=${requestId}`, `--address=${gateway.address}`],
      {input: JSON.stringify(order)});
  for (const [i, state] of [[0, 'ACCEPTED'], [1, 'PROVISIONED']]) {
    const {code, stdout, stderr} = await provision(orders[i]);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).userId, orders[i].userId);
    assert.equal(JSON.parse(stdout).state, state);
  }
  await Promise.all(repeated.slice(2).map(order => gateway.provision(order)));
}));

test('an operator has them resolved by an export of Control Hub', () => afterAnOutage(async (sandbox, gateway, made) => {
  const file = path.join(temporaryDirectory(), 'workspaces.csv');
  const rows = made.map(({id, userId}) => `Room,${userId.toUpperCase()},${id}`);
  fs.writeFileSync(file, ['Name,BroadWorks ID,Workspace ID', ...rows, ''].join('\r\n'));
  const resolve = (...args) => webexctl([
    'operations', 'resolve', `--from=${file}`, '--user_id_column=broadworks id', '--absent_is_not_applied',
    `--address=${gateway.address}`, ...args
  ], {timeout: 60_000});
  const early = await resolve();
  assert.match(early.stderr, / 250 applied, 0 not applied, 250 left for a person\n.* nothing was resolved; give --yes to resolve\n/);
  const shown = await resolve('--older_than=0');
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /250 workspaces in the file of \S+Z, 500 unknown orders to provision: 250 applied, 250 not applied, 0 left/);
  assert.match(shown.stdout, /^requestId,userId,spEnterpriseId,finding,workspaceId,why\r?\n/);
  assert.equal((await gateway.metrics()).get('webex_gateway_ledger_operations{state="unknown"}'), ORDERS);

  const done = await resolve('--older_than=0', '--yes', '--note=export of the night');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /resolved 500 of 500\n/);
  assert.equal(done.stdout, shown.stdout);
  const exists = new Map(made.map(workspace => [workspace.userId, workspace.id]));
  const answers = await Promise.all(orders.map(order => gateway.provision(order)));
  answers.forEach((answer, i) => {
    assert.equal(answer.code, 'OK', answer.message);
    const id = exists.get(orders[i].userId);
    if (id) assert.equal(answer.value.id, id);
  });
  assert.equal((await sandbox.stats()).postsReceived, ORDERS + ORDERS / 2, 'what is there is not sent again');
  const {stdout} = await webexctl(['operations', 'get', orders[0].requestId, `--address=${gateway.address}`]);
  assert.match(stdout, /Resolved by: +anonymous\n +Note: +export of the night\n/);
  fs.rmSync(path.dirname(file), {recursive: true});
}));
