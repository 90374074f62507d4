'use strict';
// Access tokens by OAuth refresh: the gateway with an operator's files, against the sandbox's token endpoint.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {example, Sandbox, Gateway, webexGateway, temporaryDirectory} = require('./harness.js');

const clientSecret = 's3cret+/=&%';  // bytes that a form must encode
const sandboxSettings = ['--token=unused', '--oauth_client_id=C1', `--oauth_client_secret=${clientSecret}`];

/** The operator's files, and the flags that name them. */
function operatorFiles({refreshToken = 'sandbox-refresh-token'} = {}) {
  const directory = temporaryDirectory();
  const file = name => path.join(directory, name);
  const write = (name, content) => {
    fs.writeFileSync(file(`${name}.fresh`), content);
    fs.renameSync(file(`${name}.fresh`), file(name));
  };
  write('id', 'C1\n');
  write('secret', `${clientSecret}\n`);
  write('refresh', `${refreshToken}\n`);
  const flags = [
    `--oauth_client_id_file=${file('id')}`, `--oauth_client_secret_file=${file('secret')}`,
    `--oauth_refresh_token_file=${file('refresh')}`, `--oauth_state_file=${file('state')}`
  ];
  return {file, write, flags};
}

/** Runs `body` with a sandbox and a way to start gateways there, and ends them all. */
async function withSandbox(args, body) {
  const sandbox = await Sandbox.start(...sandboxSettings, ...args);
  const gateways = [];
  try {
    await body(sandbox, async flags => {
      gateways.push(await Gateway.start(sandbox, flags, {}));
      return gateways.at(-1);
    });
  } finally {
    await Promise.all(gateways.map(gateway => gateway.stop()));
    await sandbox.stop();
  }
}

const orders = (gateway, count, prefix) => Promise.all(
    Array.from({length: count}, (_, i) => gateway.provision({...example, userId: `${prefix}-${i}`})));

const assertAllOk = answers => assert.deepEqual([...new Set(answers.map(answer => answer.code))], ['OK']);

test('fetches a token at the start, so that orders work without one', async () => {
  await withSandbox([], async (sandbox, startGateway) => {
    const gateway = await startGateway(operatorFiles().flags);
    assertAllOk(await orders(gateway, 10, 'a'));
    assert.equal((await sandbox.stats()).tokenRequests, 1);
    await gateway.line(/oauth: a new access token, valid for 336h; the refresh token is valid for 2160h/);
    const metrics = await gateway.metrics();
    assert.equal(metrics.get('webex_gateway_token_refreshes_total{result="200"}'), 1);
    assert.equal(metrics.get('webex_gateway_sends_total'), 11);
    const left = token => metrics.get(`webex_gateway_token_expires_in_seconds{token="${token}"}`) / 3600;
    assert.ok(left('access') > 335 && left('access') <= 336);
    assert.ok(left('refresh') > 2159 && left('refresh') <= 2160);
  });
});

test('replaces a revoked token once, however many orders meet it', async () => {
  await withSandbox(['--latency=100ms'], async (sandbox, startGateway) => {
    const gateway = await startGateway(operatorFiles().flags);
    assertAllOk(await orders(gateway, 1, 'a'));
    await sandbox.control('DELETE', 'tokens');
    assertAllOk(await orders(gateway, 50, 'b'));
    const stats = await sandbox.stats();
    assert.equal(stats.tokenRequests, 2);
    assert.equal(stats.byStatus[401], 50);
    assert.equal(stats.provisioned, 51);
  });
});

test('keeps a rotated refresh token for its owner alone and goes on with it after a restart', async () => {
  await withSandbox(['--rotate_refresh_token'], async (sandbox, startGateway) => {
    const {file, flags} = operatorFiles();
    const first = await startGateway(flags);
    assertAllOk(await orders(first, 1, 'a'));
    assert.equal(fs.statSync(file('state')).mode & 0o777, 0o600);
    const state = fs.readFileSync(file('state'), 'utf8');
    assert.ok(state.includes('sandbox-refresh-'));
    assert.ok(!state.includes('sandbox-refresh-token'), 'the operator\'s own refresh token is in it');
    assert.equal(await first.stop(), 0);
    const second = await startGateway(flags);
    assertAllOk(await orders(second, 1, 'b'));
    assert.notEqual(fs.readFileSync(file('state'), 'utf8'), state);
    for (const {output} of [first, second]) assert.doesNotMatch(output, /sandbox-(refresh|access)-|s3cret/);
  });
});

test('loses no rotated refresh token where it is stopped during a refresh', async () => {
  await withSandbox(['--rotate_refresh_token', '--latency=300ms'], async (sandbox, startGateway) => {
    const {file, flags} = operatorFiles();
    const gateway = await startGateway(flags);
    for (let i = 0; i < 1000 && (await sandbox.stats()).tokenRequests === 0; ++i) await sleep(10);
    assert.equal(await gateway.stop(), 0);
    assert.match(gateway.output, /stopping: [^]*oauth: a new access token/);
    assert.ok(fs.existsSync(file('state')));
    assertAllOk(await orders(await startGateway(flags), 1, 'a'));
  });
});

test('goes on with the token that is valid while the token endpoint is down', async () => {
  await withSandbox(['--token_lifetime=10s'], async (sandbox, startGateway) => {
    const gateway = await startGateway(operatorFiles().flags);
    assertAllOk(await orders(gateway, 1, 'a'));
    await sandbox.fault({path: 'token', kind: 'status', status: 503, count: 0});
    await gateway.line(/"warning".*"oauth: the access token cannot be refreshed: .* \(HTTP status 503.*stays in use/);
    assertAllOk(await orders(gateway, 1, 'b'));
    await sandbox.control('DELETE', 'faults');
    await gateway.line(/stays in use[^]*oauth: a new access token/);
    assertAllOk(await orders(gateway, 1, 'c'));
  });
});

test('says what is wrong with a refresh token, and hears at once of another', async () => {
  await withSandbox([], async (sandbox, startGateway) => {
    const {write, flags} = operatorFiles({refreshToken: 's3cret-wrong'});
    const gateway = await startGateway(flags);
    const [refused] = await orders(gateway, 1, 'a');
    assert.equal(refused.code, 'UNAUTHENTICATED');
    assert.equal(refused.info.reason, 'WEBEX_UNAUTHENTICATED');
    assert.equal(refused.outcome, 'not_applied');
    assert.match(refused.message, /refuses the refresh token: a person must authorise the gateway again .*invalid_grant/);
    write('refresh', 'sandbox-refresh-token');
    await gateway.line(/oauth: a new access token/);
    assertAllOk(await orders(gateway, 1, 'a'));
    assert.equal((await sandbox.stats()).tokenRequests, 2);
    assert.doesNotMatch(gateway.output, /s3cret/);
  });
});

test('exits cleanly where it cannot serve', async () => {
  await withSandbox([], async (sandbox, startGateway) => {
    const {flags} = operatorFiles();
    const gateway = await startGateway(flags);
    const second = await webexGateway(
        [`--listen=${gateway.address}`, '--admin_listen=', '--ledger=none', `--webex_base_url=${sandbox.url}/v1`, ...flags]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /cannot listen on/);
  });
});

test('checks its OAuth settings without serving', async () => {
  const {file, flags} = operatorFiles();
  assert.equal((await webexGateway(['--check_config', '--ledger=none', ...flags])).code, 0);
  assert.ok(!fs.existsSync(file('state')));
  const bad = await webexGateway(['--check_config', ...flags.slice(1, 3)]);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /--oauth_client_id_file: required with OAuth/);
  assert.match(bad.stderr, /--oauth_state_file: required with OAuth/);
});
