'use strict';
// The programs as an operator uses them: settings, tokens, signals, logs, and webexctl against the real gateway.

const {once} = require('node:events');
const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {makeCertificate} = require('./certificates.js');
const {contract, example, Program, Sandbox, Gateway, run, webexctl, webexGateway, temporaryDirectory} = require('./harness.js');

const token = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'};

/** Runs `body` with a sandbox and a gateway, and ends both. */
async function withGateway({sandboxArgs = [], args = [], env = token}, body) {
  const sandbox = await Sandbox.start(...sandboxArgs);
  try {
    const gateway = await Gateway.start(sandbox, args, env);
    try {
      await body(gateway, sandbox);
    } finally {
      await gateway.stop();
    }
  } finally {
    await sandbox.stop();
  }
}

test('names every bad setting at once and exits with 2', async () => {
  const {code, stderr} = await webexGateway(
      ['--listen=0.0.0.0:50051', '--webex_base_url=http://webexapis.com/v1', '--attempt_timeout=never', '--nonsense'],
      {env: {WEBEX_GATEWAY_LOG_LEVEL: 'loud'}});
  assert.equal(code, 2);
  for (const name of ['--listen', '--webex_base_url', '--attempt_timeout', '--nonsense', 'loud', 'no access token']) {
    assert.ok(stderr.includes(name), `${name} is not named in:\n${stderr}`);
  }
});

test('checks its settings without serving', async () => {
  const directory = temporaryDirectory();
  const addresses = ['--listen=127.0.0.1:0', '--admin_listen=127.0.0.1:0'];
  const good = await webexGateway(['--check_config', ...addresses, `--ledger=sqlite:${directory}/ledger.db`], {env: token});
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /the settings are valid; a stop takes at most 40s\n/);
  assert.match(good.stdout, /not checked: --webex_base_url: whether https:\/\/webexapis.com\/v1 can be reached/);
  assert.deepEqual(fs.readdirSync(directory), []);
  const nowhere = ['--listen=192.0.2.1:1', '--allow_plaintext', '--admin_listen=', `--ledger=sqlite:${directory}/none/ledger.db`];
  const checked = await webexGateway(['--check_config', ...nowhere], {env: token});
  assert.equal(checked.code, 2);
  for (const setting of [nowhere, ['--ledger=none', ...nowhere.slice(0, 3)]]) {
    const started = await webexGateway([...setting, '--log_format=text'], {env: token});
    assert.equal(started.code, 1);
    const [, why] = started.stderr.match(/ error (--.*)\n$/);
    assert.ok(checked.stderr.includes(`webex-gateway: ${why}\n`), `${why} is not in:\n${checked.stderr}`);
  }
  const bad = await webexGateway(['--check_config', '--webex_ca_file=/nonexistent.pem', '--log_level=loud'], {env: token});
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /--webex_ca_file/);
  assert.match(bad.stderr, /--log_level/);
});

test('takes no PostgreSQL beyond this machine that could have the password without TLS', async () => {
  const ledger = '--ledger=postgresql://u@db.example:5432/d';
  for (const args of [[ledger], [ledger, '--check_config'], [`${ledger}?sslmode=prefer`, '--check_config']]) {
    const {code, stderr} = await webexGateway([...args, '--log_level=loud'], {env: token});
    assert.equal(code, 2);
    assert.match(stderr, /--ledger: .*sslmode=verify-full/);
    assert.match(stderr, /--log_level/);
    assert.doesNotMatch(stderr, /db\.example/);
  }
  const worded = await webexGateway([`${ledger}?sslmode=require`, '--check_config'], {env: token});
  assert.equal(worded.code, 0, worded.stderr);
});

test('does not share a port with another gateway', async () => {
  await withGateway({}, async gateway => {
    const second = await webexGateway(
        [`--listen=${gateway.address}`, '--admin_listen=', '--webex_base_url=http://127.0.0.1:1/v1', '--ledger=none'],
        {env: token});
    assert.equal(second.code, 1);
    assert.match(second.stderr, /cannot listen on/);
  });
});

test('says in one line of its log what it was set to', async () => {
  await withGateway({}, async gateway => {
    const [line] = gateway.log().filter(({message}) => message?.startsWith('settings: '));
    for (const part of [/ledger sqlite:/, /token fixed, from the environment/, /no TLS/, /may call: everyone/, /64 calls to Webex at a time, 30s each/]) {
      assert.match(line.message, part);
    }
  });
});

test('serves a unix socket', async () => {
  const socket = path.join(temporaryDirectory(), 'gateway.sock');
  await withGateway({args: [`--listen=127.0.0.1:0,unix:${socket}`]}, async () => {
    const {code, stdout} = await webexctl([`--address=unix:${socket}`, 'health']);
    assert.equal(code, 0);
    assert.equal(stdout, 'SERVING\n');
  });
});

test('takes a new token from its file without a restart', async () => {
  const file = path.join(temporaryDirectory(), 'token');
  fs.writeFileSync(file, 'sandbox-token\n');
  await withGateway({args: [`--webex_token_file=${file}`], env: {}}, async (gateway, sandbox) => {
    assert.equal((await gateway.provision({...example, userId: 'a'})).code, 'OK');
    await sandbox.control('PUT', 'config', {token: 'another'});
    const refused = await gateway.provision({...example, userId: 'b'});
    assert.equal(refused.code, 'UNAUTHENTICATED');
    assert.equal(refused.info.reason, 'WEBEX_UNAUTHENTICATED');
    assert.equal(refused.outcome, 'not_applied');
    assert.match((await gateway.admin('/readyz')).body, /^\{"ready": false, "trying": true, .*"token", "ok": false, "trouble": "Webex refuses the gateway's token since /);
    fs.writeFileSync(`${file}.new`, 'another');
    fs.renameSync(`${file}.new`, file);
    assert.equal((await gateway.provision({...example, userId: 'b'})).code, 'OK');
    assert.equal((await gateway.admin('/readyz')).status, 200);
  });
});

test('hardly asks Webex with a token that it refuses, and is ready at once with another one, without an order', async () => {
  const file = path.join(temporaryDirectory(), 'token');
  fs.writeFileSync(file, 'revoked\n');
  await withGateway({args: [`--webex_token_file=${file}`], env: {}}, async (gateway, sandbox) => {
    for (let i = 0; i < 100; ++i) {
      const answer = await gateway.provision({...example, userId: `held-${i}`});
      assert.equal(answer.info.reason, 'WEBEX_UNAUTHENTICATED');
      assert.equal(answer.outcome, 'not_applied');
    }
    const {postsReceived} = await sandbox.stats();
    assert.ok(postsReceived < 10, `${postsReceived} of 100 orders reached Webex`);
    const {body} = await gateway.admin('/readyz');
    assert.match(body, /^\{"ready": false, .*"token", "ok": false, "trouble": "Webex refuses the gateway's token since /);
    assert.equal((await gateway.metrics()).get('webex_gateway_ready{check="token"}'), 0);
    fs.writeFileSync(`${file}.new`, 'sandbox-token');
    fs.renameSync(`${file}.new`, file);
    for (let seconds = 0; seconds < 100 && (await gateway.metrics()).get('webex_gateway_ready{check="token"}') === 0; ++seconds) {
      await sleep(100);
    }
    assert.match((await gateway.admin('/readyz')).body, /^\{"ready": true, /);
    assert.equal((await gateway.provision(example)).code, 'OK');
  });
});

test('says that Webex cannot be reached, and that nothing was ordered', async () => {
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox);
  try {
    await sandbox.stop();
    const answer = await gateway.provision(example);  // after its fifth attempt, in 3 s at most
    assert.equal(answer.code, 'UNAVAILABLE');
    assert.equal(answer.info.reason, 'WEBEX_UNREACHABLE');
    assert.equal(answer.outcome, 'not_applied');
    assert.ok(Number(answer.trailers['grpc-retry-pushback-ms']) >= 0);
  } finally {
    await gateway.stop();
  }
});

/** A key and a self-signed certificate for 127.0.0.1: the flags that make the sandbox use them, and the file to trust. */
function certificate() {
  const made = path.join(temporaryDirectory(), 'tls');
  makeCertificate(made, 'server', {names: 'IP:127.0.0.1'});
  return {sandboxArgs: [`--tls_cert_file=${made}.crt`, `--tls_key_file=${made}.key`], file: `${made}.crt`};
}

test('speaks TLS to Webex, and only to one whose certificate it trusts', async () => {
  const [webex, other] = [certificate(), certificate()];
  await withGateway({sandboxArgs: webex.sandboxArgs, args: [`--webex_ca_file=${webex.file}`]}, async gateway => {
    assert.equal((await gateway.provision(example)).code, 'OK');
  });
  await withGateway({sandboxArgs: webex.sandboxArgs, args: [`--webex_ca_file=${other.file}`]}, async gateway => {
    const answer = await gateway.provision(example);
    assert.equal(answer.code, 'UNAVAILABLE');
    assert.equal(answer.info.reason, 'WEBEX_TLS_FAILED');
    assert.equal(answer.outcome, 'not_applied');
  });
});

test('looks once at Webex when it starts, warns where orders would fail, and serves all the same', async () => {
  const {sandboxArgs, file: ca} = certificate();
  const sandbox = await Sandbox.start(...sandboxArgs);
  const silent = net.createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const tls = {cert: fs.readFileSync(ca), key: fs.readFileSync(ca.replace(/crt$/, 'key'))};
  const answering = https.createServer(tls, (request, response) => response.writeHead(Number(request.url.split('/')[1])).end())
      .listen(0, '127.0.0.1');
  await once(answering, 'listening');
  const looks = async (args, pattern) => {
    const gateway = await Gateway.start(sandbox, args);
    await gateway.line(pattern);
    assert.equal((await gateway.metrics()).get('webex_gateway_sends_total'), 0);  // it counts orders and tokens
    assert.equal(await gateway.stop(), 0);
  };
  try {
    await looks([`--webex_ca_file=${ca}`], /"info".*a first look at https:.*: it answers \(HTTP status 4\d\d\), and its certificate is trusted/);
    await looks([], /"warning".*a first look at https:.*: its certificate was refused: .*until this is fixed.*--webex_ca_file/);
    await looks(['--webex_base_url=https://127.0.0.1:1/v1'], /"warning".*a first look at https:\/\/127.0.0.1:1\/v1: no connection could be opened.*while this lasts.*DNS/);
    for (const [status, pattern] of [
      [200, /"info".*a first look at https:.*: it answers \(HTTP status 200\), and/],
      [302, /"warning".*a first look at https:.*: it answers with a redirect \(HTTP status 302\).*login page/],
      [503, /"warning".*a first look at https:.*: it fails \(HTTP status 503\); orders fail while this lasts/]]) {
      await looks([`--webex_ca_file=${ca}`, `--webex_base_url=https://127.0.0.1:${answering.address().port}/${status}`], pattern);
    }
    await looks([`--webex_base_url=https://127.0.0.1:${silent.address().port}/v1`], /"warning".*a first look at https:/);  // 10 s later
  } finally {
    silent.close();
    answering.close();
    await sandbox.stop();
  }
});

test('lets an order end on SIGTERM, tells watchers first, and exits with 0', async () => {
  await withGateway({sandboxArgs: ['--latency=300ms']}, async (gateway, sandbox) => {
    const method = contract.grpc.health.v1.Health.service.Watch;
    const watch = gateway.channel.makeServerStreamRequest(
        method.path, method.requestSerialize, method.responseDeserialize, {service: ''});
    const told = [];
    watch.on('data', ({status}) => told.push(status));
    watch.on('error', () => {});
    const answered = gateway.provision(example);
    await sandbox.received(1);
    gateway.signal('SIGTERM');
    assert.equal((await answered).code, 'OK');
    assert.equal(await gateway.exited, 0);
    assert.deepEqual(told, ['SERVING', 'NOT_SERVING']);
  });
});

test('takes orders until the drain delay is over, then refuses them, and lets those under way end', async () => {
  await withGateway({sandboxArgs: ['--latency=2500ms'], args: ['--drain_delay=1s']}, async (gateway, sandbox) => {
    gateway.signal('SIGTERM');
    await gateway.line(/stopping/);
    assert.equal((await gateway.admin('/readyz')).status, 503);
    assert.equal((await gateway.admin('/livez')).status, 200);
    const taken = gateway.provision({...example, userId: 'taken'});
    await sandbox.received(1);
    let refused;
    for (let i = 0; !refused; ++i) {  // one every 50 ms; the accepted one is under way until long after the delay
      const {postsReceived} = await sandbox.stats();
      const answer = gateway.provision({...example, userId: `late-${i}`});
      refused = await Promise.race([answer, sandbox.received(postsReceived + 1)]);
      await sleep(50);
    }
    assert.equal(refused.code, 'UNAVAILABLE');
    assert.equal(refused.info.reason, 'GATEWAY_STOPPING');
    assert.equal(refused.outcome, 'not_applied');
    assert.equal(refused.trailers['grpc-retry-pushback-ms'], '1000');
    assert.match(refused.trailers['x-request-id'], /^[0-9a-f-]{36}$/);
    assert.equal((await taken).code, 'OK');
    assert.equal(await gateway.exited, 0);
  });
});

test('still says what became of an order when the time to drain is over', async () => {
  await withGateway({args: ['--drain_timeout=100ms', '--max_upstream_calls=1']}, async (gateway, sandbox) => {
    await sandbox.fault({kind: 'hang'});
    const answered = gateway.provision(example);
    await sandbox.received(1);
    const waiting = gateway.provision({...example, userId: 'waits'});
    while ((await gateway.metrics()).get('webex_gateway_calls_queued') !== 1) await sleep(10);
    gateway.signal('SIGTERM');
    const answer = await answered;
    assert.equal(answer.outcome, 'unknown');
    assert.equal(answer.trailers['grpc-retry-pushback-ms'], '-1');
    assert.equal((await waiting).info.reason, 'GATEWAY_STOPPING');
    assert.equal((await waiting).outcome, 'not_applied');
    assert.equal(await gateway.exited, 0);
  });
});

test('ends at once and well at a signal while it waits at its start for a PostgreSQL that says nothing', async () => {
  let gateway;
  const connected = new Promise(resolve => {
    const silent = net.createServer(socket => resolve({silent, socket}));
    silent.listen(0, '127.0.0.1', () => {
      const settings = ['--listen=127.0.0.1:0', '--admin_listen=', `--ledger=postgresql://u@127.0.0.1:${silent.address().port}/d`];
      gateway = new Gateway('webex-gateway', settings, token);
    });
  });
  const {silent, socket} = await connected;
  const begun = Date.now();
  assert.equal(await gateway.stop(), 0);
  assert.ok(Date.now() - begun < 3000, `${Date.now() - begun} ms`);
  socket.destroy();
  silent.close();
});

test('ends at once at a second signal, and the next start says that the order under way is unknown', async () => {
  const ledger = `--ledger=sqlite:${path.join(temporaryDirectory(), 'ledger.db')}`;
  const sandbox = await Sandbox.start();
  try {
    const gateway = await Gateway.start(sandbox, [ledger]);
    await sandbox.fault({kind: 'hang'});
    const answered = gateway.provision(example);
    await sandbox.received(1);
    gateway.signal('SIGTERM');
    await gateway.line(/stopping/);
    gateway.signal('SIGINT');
    assert.equal(await gateway.exited, 130);
    assert.equal((await answered).code, 'UNAVAILABLE');  // gRPC's code for a broken connection
    const next = await Gateway.start(sandbox, [ledger]);
    const listed = await webexctl([`--address=${next.address}`, 'operations', 'list', '--state=unknown', '--output=json']);
    assert.equal(JSON.parse(listed.stdout).operations.length, 1, listed.stderr);
    assert.equal(await next.stop(), 0);
  } finally {
    await sandbox.stop();
  }
});

test('webexctl: orders from flags and from the REST reference\'s JSON, with exit codes for scripts', async () => {
  await withGateway({}, async gateway => {
    const at = `--address=${gateway.address}`;
    const json = await webexctl([at, 'provision', '--file=-'], {input: JSON.stringify(example)});
    assert.equal(json.code, 0, json.stderr);
    assert.equal(JSON.parse(json.stdout).displayName, 'Conference Room');

    const again = await webexctl([at, 'provision', '--file=-'], {input: JSON.stringify(example)});
    assert.equal(again.code, 70);
    assert.match(again.stderr, /ALREADY_EXISTS \(WEBEX_ALREADY_EXISTS\)/);
    assert.doesNotMatch(again.stderr, /\[WEBEX_ALREADY_EXISTS/);  // once is enough

    const flags = await webexctl([
      at, 'provision', '--provisioning_id=p', '--user_id=u', '--sp_enterprise_id=e', '--display_name=d', '--extension=7'
    ]);
    assert.equal(flags.code, 0, flags.stderr);
    assert.equal(JSON.parse(flags.stdout).extension, '7');

    const invalid = await webexctl([at, 'provision', '--user_id=x', '--output=json']);
    assert.equal(invalid.code, 67);
    const {error} = JSON.parse(invalid.stdout);
    assert.equal(error.reason, 'INVALID_REQUEST');
    assert.doesNotMatch(error.message, /INVALID_REQUEST/);
  });
});

test('webexctl: an order that is interrupted can be asked about', async () => {
  await withGateway({args: ['--attempt_timeout=1s']}, async (gateway, sandbox) => {
    const at = `--address=${gateway.address}`;
    for (const [signal, userId] of [['SIGINT', 'a'], ['SIGTERM', 'b']]) {
      await sandbox.fault({kind: 'hang', applied: true});
      const before = (await sandbox.stats()).postsReceived;
      const program = new Program(
          'webexctl',
          [at, 'provision', '--provisioning_id=p', `--user_id=${userId}`, '--sp_enterprise_id=e', '--display_name=d', '--output=json']);
      await sandbox.received(before + 1);
      program.signal(signal);
      assert.equal(await program.exited, signal);  // also what the shell that started it sees
      const [, id] = program.output.match(/^webexctl: interrupted: .* see 'webexctl operations get ([0-9a-f-]{36})'\n$/);
      const known = await webexctl([at, 'operations', 'get', id, '--output=json']);
      assert.equal(JSON.parse(known.stdout).userId, userId);
    }
  });
});

test('webexctl: says that the gateway cannot be reached', async () => {
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox);
  await gateway.stop();
  await sandbox.stop();
  const {code, stderr} = await webexctl([`--address=${gateway.address}`, 'provision', '--file=-'], {input: JSON.stringify(example)});
  assert.equal(code, 78);
  assert.match(stderr, /not_applied/);
});
