'use strict';
// An update, the way back, and two versions on one ledger. The older gateway is the one in WEBEX_OLDER_BIN: tests/upgrade.sh
// builds that of the last release, or of any commit. If it is not set, the older one is this build itself, which tests
// only the procedure; an unknown schema is then simulated by the version's number, as a newer gateway writes it.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const {randomUUID} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {example, Sandbox, Gateway, Program, run, webexctl, temporaryDirectory} = require('./harness.js');
const {Postgres} = require('./postgres.js');

const token = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'};
const older = path.join(process.env.WEBEX_OLDER_BIN ?? process.env.WEBEX_BIN, 'webex-gateway');
const newer = path.join(process.env.WEBEX_BIN, 'webex-gateway');
const orderOf = name => ({...example, userId: `${name}@sp.com`, requestId: randomUUID()});

/** Runs `body` with a sandbox, a folder, and a way to start gateways on a ledger, and ends all of them. */
async function world(body) {
  const directory = temporaryDirectory();
  const sandbox = await Sandbox.start();
  const gateways = [];
  const start = async (program, ledger) => {
    gateways.push(await Gateway.start(sandbox, [`--ledger=${ledger}`], token, program));
    return gateways.at(-1);
  };
  try {
    await body({sandbox, directory, start});
  } finally {
    await Promise.all(gateways.map(gateway => gateway.stop()));
    await sandbox.stop();
    fs.rmSync(directory, {recursive: true});
  }
}

/** The output of a gateway that does not start. */
async function refusal(program, sandbox, ledger) {
  const args = ['--listen=127.0.0.1:0', '--admin_listen=', `--webex_base_url=${sandbox.url}/v1`, `--ledger=${ledger}`];
  const ended = await run(program, args, {env: token});
  assert.equal(ended.code, 1, ended.stderr);
  return ended.stderr;
}

async function replays(gateway, order, value) {
  const again = await gateway.provision(order);
  assert.equal(again.code, 'OK');
  assert.equal(again.trailers['x-idempotent-replayed'], 'true');
  assert.deepEqual(again.value, value);
}

async function orders(gateway, order) {
  const answer = await gateway.provision(order);
  assert.equal(answer.code, 'OK', answer.error?.message);
  return answer.value;
}

/** SQLite's user_version, which is the version of the ledger's schema. */
const versionOf = file => fs.readFileSync(file).readUInt32BE(60);

function setVersion(file, version) {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt32BE(version, 60);
  fs.writeFileSync(file, bytes);
}

test('SQLite: an update keeps what is on record; the way back is the file where the schema is the same, else the copy', () => world(
  async ({sandbox, directory, start}) => {
    const file = path.join(directory, 'ledger.db');
    const ledger = `sqlite:${file}`;
    const [before, lost, after] = ['before', 'lost', 'after'].map(orderOf);

    const first = await start(older, ledger);
    const beforeValue = await orders(first, before);
    await sandbox.fault({kind: 'close', when: 'after'});
    assert.equal((await first.provision(lost)).outcome, 'unknown');
    assert.equal(await first.stop(), 0);
    const copy = path.join(directory, 'copy.db');
    fs.copyFileSync(file, copy);

    const second = await start(newer, ledger);
    await replays(second, before, beforeValue);
    assert.equal((await second.provision(lost)).info.reason, 'OUTCOME_UNKNOWN');
    assert.equal((await second.provision({...lost, requestId: randomUUID()})).info.reason, 'OUTCOME_UNKNOWN');
    const afterValue = await orders(second, after);
    assert.equal(await second.stop(), 0);

    if (versionOf(file) === versionOf(copy)) {
      const third = await start(older, ledger);
      await replays(third, before, beforeValue);
      await replays(third, after, afterValue);
      assert.equal((await third.provision(lost)).info.reason, 'OUTCOME_UNKNOWN');
      assert.equal(await third.stop(), 0);
    } else {
      assert.match(await refusal(older, sandbox, ledger), /it was made by a newer webex-gateway/);
    }

    // The copy lacks later orders. Webex does not, so nobody gets a second workspace.
    const fourth = await start(older, `sqlite:${copy}`);
    await replays(fourth, before, beforeValue);
    assert.equal((await fourth.provision(lost)).info.reason, 'OUTCOME_UNKNOWN');
    assert.equal((await fourth.provision(after)).code, 'ALREADY_EXISTS');
    for (const {userId} of [before, lost, after]) assert.equal((await sandbox.workspacesOf(userId)).length, 1, userId);
  }));

test('SQLite: a file of a schema that is not known is refused with what to do, and left as it is', () => world(
  async ({sandbox, directory, start}) => {
    const file = path.join(directory, 'ledger.db');
    const gateway = await start(newer, `sqlite:${file}`);
    await orders(gateway, orderOf('one'));
    assert.equal(await gateway.stop(), 0);
    const known = versionOf(file);
    setVersion(file, known + 1);
    const bytes = fs.readFileSync(file);
    assert.match(await refusal(newer, sandbox, `sqlite:${file}`), new RegExp(
        `it was made by a newer webex-gateway \\(its schema has version ${known + 1}, this one knows ${known}\\): start the newer one, ` +
        'or put back a copy of the file from before its first start'));
    assert.ok(fs.readFileSync(file).equals(bytes));
    assert.deepEqual(fs.readdirSync(directory).filter(name => name.endsWith('-wal')), []);
  }));

test('PostgreSQL: an older and a newer gateway share a ledger, and each goes on without the other', () => world(
  async ({sandbox, start}) => {
    const postgres = await Postgres.start();
    try {
      const [before, lost, byNewer, both, last] = ['before', 'lost', 'newer', 'both', 'last'].map(orderOf);
      const first = await start(older, postgres.url);
      const beforeValue = await orders(first, before);
      await sandbox.fault({kind: 'close', when: 'after'});
      assert.equal((await first.provision(lost)).outcome, 'unknown');

      // It migrates the tables while the older one serves.
      const second = await start(newer, postgres.url);
      await replays(second, before, beforeValue);
      const newerValue = await orders(second, byNewer);
      await replays(first, byNewer, newerValue);
      for (const gateway of [first, second]) {
        assert.equal((await gateway.provision(lost)).info.reason, 'OUTCOME_UNKNOWN');
        assert.equal((await gateway.provision({...lost, requestId: randomUUID()})).info.reason, 'OUTCOME_UNKNOWN');
      }

      await sandbox.control('PUT', 'config', {latencyMs: 300});
      const answers = await Promise.all([first, second].map(gateway => gateway.provision(both)));
      assert.deepEqual(answers.map(({code}) => code), ['OK', 'OK']);
      assert.deepEqual(answers[0].value, answers[1].value);
      await sandbox.control('PUT', 'config', {latencyMs: 0});

      // A resolution through one is known to the other.
      const [{id}] = await sandbox.workspacesOf(lost.userId);
      const resolved = await webexctl([
        'operations', 'resolve', lost.requestId, '--applied', `--workspace_id=${id}`, '--note=found in Control Hub',
        `--address=${second.address}`
      ]);
      assert.equal(resolved.code, 0, resolved.stderr);
      assert.equal((await first.provision(lost)).value.id, id);

      // The way back: the newer one stops, and the older one can start again.
      assert.equal(await second.stop(), 0);
      await orders(first, last);
      assert.equal(await first.stop(), 0);
      const third = await start(older, postgres.url);
      await replays(third, byNewer, newerValue);
      for (const {userId} of [before, lost, byNewer, both, last]) {
        assert.equal((await sandbox.workspacesOf(userId)).length, 1, userId);
      }
      assert.equal(await third.stop(), 0);
    } finally {
      await postgres.stop();
    }
  }));

test('PostgreSQL: tables that need a newer gateway are left alone, which says so', () => world(async ({sandbox, start}) => {
  const postgres = await Postgres.start();
  try {
    const gateway = await start(newer, postgres.url);
    assert.equal(await gateway.stop(), 0);
    const known = Number(postgres.query('SELECT version FROM webex_ledger WHERE id = 2'));
    postgres.query(`UPDATE webex_ledger SET version = ${known + 1}`);
    const refused = new Program('webex-gateway', [
      '--listen=127.0.0.1:0', '--admin_listen=', `--webex_base_url=${sandbox.url}/v1`, `--ledger=${postgres.url}`
    ], token);
    await refused.line(new RegExp(
        `needs a gateway that knows version ${known + 1}, but this one knows version ${known}: start a newer one`));
    await refused.stop();
    assert.equal(postgres.query("SELECT string_agg(version::text, ' ') FROM webex_ledger"), `${known + 1} ${known + 1}`);
  } finally {
    await postgres.stop();
  }
}));
