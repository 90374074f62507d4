'use strict';
// webexctl batch against the real gateway: every order reaches Webex once, whatever ends the batch or the gateway
// meanwhile.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {root, Program, Sandbox, Gateway, run, webexctl, temporaryDirectory} = require('./harness.js');

/** Runs `body` with its own sandbox, gateway and folder, and ends them. */
async function withGateway({sandboxArgs = [], args = [], tokenFile = ''}, body) {
  const folder = temporaryDirectory();
  const token = tokenFile ? [`--webex_token_file=${path.join(folder, tokenFile)}`] : [];
  if (tokenFile) fs.writeFileSync(path.join(folder, tokenFile), 'sandbox-token', {mode: 0o600});
  const sandbox = await Sandbox.start(...sandboxArgs);
  try {
    const gateway = await Gateway.start(
        sandbox, [`--ledger=sqlite:${folder}/ledger.db`, ...token, ...args], tokenFile ? {} : undefined);
    try {
      await body({sandbox, gateway, folder});
    } finally {
      await gateway.stop();
    }
  } finally {
    await sandbox.stop();
    fs.rmSync(folder, {recursive: true});
  }
}

/** A file with this many rooms. */
function writeRooms(folder, count) {
  const rows = Array.from({length: count}, (_, i) => `p,${i}@sp.com,Reseller1+acme,"Room ${i}, ""north""",+1-240-555-0000,${i}`);
  const file = path.join(folder, 'rooms.csv');
  fs.writeFileSync(file, `provisioningId,userId,spEnterpriseId,displayName,primaryPhoneNumber,extension\n${rows.join('\n')}\n`);
  return file;
}

/** The rows of results, which are complete: their lines, in order, and their outcomes. */
function readResults(file) {
  const text = fs.readFileSync(file, 'utf8');
  assert.ok(text === '' || text.endsWith('\n'), `the last row is not whole: ${text.slice(-200)}`);
  const [header, ...rows] = text.split('\n').slice(0, -1);
  if (header !== undefined) assert.match(header, /^line,requestId,outcome,/);
  return rows.map(row => {
    const [line, requestId, outcome, , reason, workspaceId] = row.split(',');
    return {line: +line, requestId, outcome, reason, workspaceId};
  });
}

const batch = (gateway, ...args) => webexctl([`--address=${gateway.address}`, 'batch', ...args], {timeout: 120_000});

function startBatch(gateway, ...args) {
  const program = new Program('webexctl', [`--address=${gateway.address}`, 'batch', ...args]);
  return program;
}

/** Checks that each of `count` users has one workspace, and that there was one POST for each. */
async function assertEachOnce(sandbox, count) {
  const {items} = await sandbox.control('GET', 'workspaces');
  assert.equal(items.length, count);
  assert.equal(new Set(items.map(workspace => workspace.userId)).size, count);
  assert.equal((await sandbox.stats()).postsReceived, count);
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function random(seed) {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}

test('the page\'s example runs as it stands there', async () => {
  await withGateway({}, async ({sandbox, gateway, folder}) => {
    const page = fs.readFileSync(path.join(root, 'client/batch.md'), 'utf8');
    const [, commands] = page.match(/## Run it\n[^]*?```sh\n([^]*?)```/);
    const script = commands.replaceAll('build/rooms.results.csv', `${folder}/rooms.results.csv`);
    const answer = await run('bash', ['-e', '-c', `cd "${root}"\n${script}`], {
      env: {PATH: `${process.env.WEBEX_BIN}:${process.env.PATH}`, WEBEXCTL_ADDRESS: gateway.address}});
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stderr, /4 orders in client\/batch_example\.csv are valid; nothing was sent/);
    const [, end] = page.match(/prints at its end:\n\n```\n([^]*?)```/);
    assert.ok(answer.stderr.endsWith(end), answer.stderr);
    await assertEachOnce(sandbox, 4);
    const [room] = await sandbox.workspacesOf('95547402@sp.com');
    assert.equal(room.displayName, 'Conference Room "Alder", 2nd floor');
  });
});

test('the page and the help have the same exit codes, and name every column of the results', async () => {
  const page = fs.readFileSync(path.join(root, 'client/batch.md'), 'utf8');
  const {stdout: help} = await webexctl(['help', 'batch']);
  const [, shown] = help.match(/Exit codes:\n([^]*?)\n\n/);
  const [, table] = page.match(/## Exit codes\n([^]*)/);
  const ofHelp = [...shown.matchAll(/^ {2}(\d+)(?:\+n)? {2}/gm)].map(([, code]) => code);
  const ofPage = [...table.matchAll(/^\| (\d+)(?: \+ n)? \|/gm)].map(([, code]) => code);
  assert.deepEqual(ofPage, ofHelp);
  assert.ok(ofHelp.length > 5);
  const columns = fs.readFileSync(path.join(root, 'client/batch_results.cc'), 'utf8').match(/CsvLine\(\{("line".*?)\}\)/)[1];
  for (const [, column] of columns.matchAll(/"(\w+)"/g)) {
    assert.ok(page.includes(`\`${column}\``), `the page does not name ${column}`);
    assert.ok(help.includes(column), `the help does not name ${column}`);
  }
});

test('killed twenty times at random and run again, every row is at Webex exactly once', async () => {
  const seed = Number(process.env.WEBEX_BATCH_SEED ?? 1);
  const [rows, kills] = [400, 20];
  let killedMidway = 0;
  const next = random(seed);
  await withGateway({sandboxArgs: ['--latency=2ms', '--jitter=10ms']}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, rows);
    for (let i = 1; i <= kills; ++i) {
      const program = startBatch(gateway, file, '--in_flight=6', `--results=${folder}/results-${i}.csv`);
      // After this many orders, or some time later, the batch may be at any point.
      const goal = (await sandbox.stats()).postsReceived + Math.floor(next() * 15);
      while (goal > (await sandbox.stats()).postsReceived && program.process.exitCode === null) await sleep(1);
      await sleep(next() * 10);
      program.signal('SIGKILL');
      if (await program.exited === 'SIGKILL' && (await sandbox.stats()).postsReceived < rows) ++killedMidway;
      if (!fs.existsSync(`${folder}/results-${i}.csv`)) continue;
      readResults(`${folder}/results-${i}.csv`).forEach(({line, outcome}, number) => {
        assert.equal(line, number + 2, `seed ${seed}, run ${i}`);
        assert.equal(outcome, 'applied', `seed ${seed}, run ${i}`);
      });
    }
    assert.ok(killedMidway >= kills / 2, `seed ${seed}: it was killed ${killedMidway} times before its end`);
    const last = await batch(gateway, file);
    assert.equal(last.code, 0, `seed ${seed}: ${last.stderr}`);
    await assertEachOnce(sandbox, rows);
    const results = readResults(`${file}.results.csv`);
    assert.deepEqual(results.map(({line}) => line), Array.from({length: rows}, (_, i) => i + 2));
    const workspaces = (await sandbox.control('GET', 'workspaces')).items;
    const userOf = new Map(workspaces.map(({id, userId}) => [id, userId]));
    for (const {line, workspaceId} of results) assert.equal(userOf.get(workspaceId), `${line - 2}@sp.com`);
  });
});

test('rides a restart of the gateway out', async () => {
  await withGateway({sandboxArgs: ['--latency=20ms']}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 200);
    const program = startBatch(gateway, file, '--in_flight=4');
    await sandbox.received(50);
    assert.equal(await gateway.stop(), 0);
    const next = await Gateway.start(sandbox, [`--ledger=sqlite:${folder}/ledger.db`, `--listen=${gateway.address}`]);
    try {
      assert.equal(await program.exited, 0, program.output);
      await assertEachOnce(sandbox, 200);
    } finally {
      await next.stop();
    }
  });
});

test('Ctrl-C lets those under way end and completes the results; the next run goes on', async () => {
  await withGateway({sandboxArgs: ['--latency=20ms']}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 300);
    const program = startBatch(gateway, file, '--in_flight=4');
    await sandbox.received(20);
    program.signal('SIGINT');
    assert.equal(await program.exited, 130, program.output);
    assert.match(program.output, /run the same command again to continue/);
    const results = readResults(`${file}.results.csv`);
    assert.equal(results.length, 300);
    const applied = results.filter(({outcome}) => outcome === 'applied').length;
    assert.equal(applied, (await sandbox.stats()).postsReceived);
    assert.equal(results.filter(({outcome}) => outcome === 'not_sent').length, 300 - applied);
    const again = await batch(gateway, file);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /moved to \S*rooms\.csv\.results\.csv\.1\n/);
    await assertEachOnce(sandbox, 300);
  });
});

test('Ctrl-C twice ends at once, also where an order is under way', async () => {
  await withGateway({}, async ({sandbox, gateway, folder}) => {
    await sandbox.fault({kind: 'hang', applied: true});
    const program = startBatch(gateway, writeRooms(folder, 3), '--in_flight=1');
    await sandbox.received(1);
    program.signal('SIGINT');
    await program.line(/stopping: waiting for the orders under way/);
    program.signal('SIGINT');
    assert.equal(await program.exited, 130);
    assert.equal((await sandbox.stats()).postsReceived, 1);
  });
});

test('an unknown order is resolved by a person, and the next run knows', async () => {
  await withGateway({}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 5);
    await sandbox.fault({kind: 'close', when: 'after', at: 3});
    const first = await batch(gateway, file, '--in_flight=1');
    assert.equal(first.code, 5, first.stderr);
    assert.match(first.stderr, /4 applied, 1 unknown\n {2}1 unknown, WEBEX_ANSWER_LOST, line 4\n/);
    const [, command] = first.stderr.match(/^ +(webexctl operations list .*)$/m);
    const listed = await webexctl([`--address=${gateway.address}`, '--output=json', ...command.split(' ').slice(1)]);
    const [{requestId}] = JSON.parse(listed.stdout).operations;
    assert.equal(requestId, readResults(`${file}.results.csv`)[2].requestId);

    const again = await batch(gateway, file);
    assert.equal(again.code, 5, again.stderr);
    assert.equal((await sandbox.stats()).postsReceived, 5, 'it is not sent while it is unknown');

    const [workspace] = await sandbox.workspacesOf('2@sp.com');
    const resolved = await webexctl([`--address=${gateway.address}`, 'operations', 'resolve', requestId, '--applied',
      `--workspace_id=${workspace.id}`, '--note=seen']);
    assert.equal(resolved.code, 0, resolved.stderr);
    const last = await batch(gateway, file);
    assert.equal(last.code, 0, last.stderr);
    assert.equal(readResults(`${file}.results.csv`)[2].workspaceId, workspace.id);
    await assertEachOnce(sandbox, 5);
  });
});

test('what the file provisions it changes and removes, by the ids in the results', async () => {
  await withGateway({}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 4);
    assert.equal((await batch(gateway, file)).code, 0);
    const ids = readResults(`${file}.results.csv`).map(({workspaceId}) => workspaceId);
    const rows = [`update,${ids[0]},7`, `update,${ids[1]},8`, `remove,${ids[2]},`, `remove,${ids[3]},`];
    const changes = path.join(folder, 'changes.csv');
    fs.writeFileSync(changes, `action;workspaceId;extension\n${rows.join('\n').replaceAll(',', ';')}\n`);
    for (let i = 0; i < 2; ++i) {
      const changed = await batch(gateway, changes);
      assert.equal(changed.code, 0, changed.stderr);
    }
    const {items} = await sandbox.control('GET', 'workspaces');
    assert.deepEqual(items.map(({extension}) => extension).sort(), ['7', '8']);
  });
});

test('stops early where no row can mend the fault, and goes on once that is mended', async () => {
  await withGateway({tokenFile: 'token'}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 100);
    await sandbox.control('PUT', 'config', {token: 'another'});
    const refused = await batch(gateway, file, '--in_flight=4');
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /stopped: the last 20 orders were all refused with WEBEX_UNAUTHENTICATED/);
    const results = readResults(`${file}.results.csv`);
    assert.equal(results.length, 100);
    assert.ok(results.filter(({outcome}) => outcome === 'not_applied').length < 30);
    fs.writeFileSync(path.join(folder, 'token'), 'another');
    const limit = Date.now() + 10_000;
    while (!/"ready": true/.test((await gateway.admin('/readyz')).body) && Date.now() < limit) await sleep(50);  // once it is read
    const again = await batch(gateway, file);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await sandbox.control('GET', 'workspaces')).items.length, 100);
  });
});

test('waits for Webex\'s limit and loses nothing to it', async () => {
  await withGateway({sandboxArgs: ['--rate_limit=50']}, async ({sandbox, gateway, folder}) => {
    const file = writeRooms(folder, 150);
    const limited = await batch(gateway, file);
    assert.equal(limited.code, 0, limited.stderr);
    assert.equal((await sandbox.control('GET', 'workspaces')).items.length, 150);
  });
});
