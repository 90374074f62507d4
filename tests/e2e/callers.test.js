'use strict';
// Which callers may call, with certificates created for the test and webexctl as the caller.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {makeCertificate} = require('./certificates.js');
const {example, Sandbox, Gateway, webexctl, webexGateway, temporaryDirectory} = require('./harness.js');

const token = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'};
const directory = temporaryDirectory();
const at = name => path.join(directory, name);

/** A key and a certificate with these alternative names, issued by the test's authority. */
const issue = (name, use, names) => makeCertificate(at(name), use, {subject: name, names, by: at('ca')});

let sandbox;
let gateway;
let socket;

before(async () => {
  makeCertificate(at('ca'), 'authority', {subject: 'ca'});
  issue('gateway', 'server', 'DNS:gateway.sp.com');
  issue('billing', 'client', 'URI:spiffe://sp.com/billing');
  issue('ops', 'client', 'DNS:ops.sp.com');
  issue('stranger', 'client', 'DNS:stranger.sp.com');
  sandbox = await Sandbox.start();
  socket = at('gateway.sock');
  const settings = [
    `--listen=127.0.0.1:0,unix:${socket}`, `--tls_cert_file=${at('gateway.crt')}`, `--tls_key_file=${at('gateway.key')}`,
    `--tls_client_ca_file=${at('ca.crt')}`, '--allowed_clients=spiffe://sp.com/billing,ops.sp.com,unix',
    '--resolve_clients=ops.sp.com', '--read_clients=ops.sp.com'
  ];
  gateway = await Gateway.start(sandbox, settings);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
  fs.rmSync(directory, {recursive: true});
});

const tls = (name, ...flags) =>
    ['--tls', `--tls_ca_file=${at('ca.crt')}`, '--tls_server_name=gateway.sp.com', `--tls_cert_file=${at(`${name}.crt`)}`,
     `--tls_key_file=${at(`${name}.key`)}`, `--address=${gateway.address}`, ...flags];

test('an order of one caller is resolved by another, whose name is on record', async () => {
  await sandbox.fault({kind: 'close', when: 'after'});
  const requestId = '00000000-0000-4000-8000-000000000001';
  const ordered =
      await webexctl(['provision', '--file=-', `--request_id=${requestId}`, ...tls('billing')], {input: JSON.stringify(example)});
  assert.equal(ordered.code, 64 + 14, ordered.stderr);
  const resolve = name => webexctl(['operations', 'resolve', requestId, '--not_applied', '--note=looked', ...tls(name)]);

  const refused = await resolve('billing');
  assert.equal(refused.code, 64 + 7);
  assert.match(refused.stderr, /PERMISSION_DENIED \(CALLER_NOT_RESOLVER\)/);
  assert.doesNotMatch(refused.stderr, /sp\.com/);
  assert.equal((await resolve('ops')).code, 0);

  const known = await webexctl(['operations', 'get', requestId, ...tls('billing')]);
  assert.match(known.stdout, /\n  Resolved by: +ops\.sp\.com\n/);
  assert.match(known.stdout, /spiffe:\/\/sp\.com\/billing/);
  const line = (await gateway.line(/.*"event":"refused".*/))[0];
  const {time, ...told} = JSON.parse(line);
  assert.deepEqual(told, {
    level: 'warning',
    event: 'refused',
    rpc: '/webex.broadworks.v1.OperationService/ResolveOperation',
    caller: 'spiffe://sp.com/billing',
    code: 'PERMISSION_DENIED',
    reason: 'CALLER_NOT_RESOLVER',
  });
});

test('a caller sees its own orders, and one that may read all of them every order', async () => {
  const order = (name, number) => webexctl(
      ['provision', '--file=-', `--request_id=00000000-0000-4000-8000-00000000002${number}`, ...tls(name)],
      {input: JSON.stringify({...example, userId: `reader-${number}@sp.com`})});
  assert.equal((await order('billing', 1)).code, 0);
  assert.equal((await order('ops', 2)).code, 0);
  const seen = async name => {
    const {stdout} = await webexctl(['operations', 'list', '--output=json', ...tls(name)]);
    return JSON.parse(stdout).operations.map(({userId}) => userId).filter(userId => userId.startsWith('reader-'));
  };
  assert.deepEqual(await seen('billing'), ['reader-1@sp.com']);
  assert.deepEqual(await seen('ops'), ['reader-2@sp.com', 'reader-1@sp.com']);
  const get = (name, number) =>
      webexctl(['operations', 'get', `00000000-0000-4000-8000-00000000002${number}`, ...tls(name)]);
  assert.equal((await get('billing', 1)).code, 0);
  assert.equal((await get('ops', 1)).code, 0);
  const refused = await get('billing', 2);
  assert.equal(refused.code, 64 + 5);
  assert.match(refused.stderr, /OPERATION_NOT_FOUND/);
});

test('who is not on the list may nothing, and learns nothing', async () => {
  for (const command of [['health'], ['operations', 'list'], ['provision', '--user_id=u']]) {
    const {code, stderr} = await webexctl([...command, '--output=json', ...tls('stranger')]);
    assert.equal(code, 64 + 7, stderr);
    assert.doesNotMatch(stderr, /sp\.com/);
  }
});

test('who has no certificate is not let in', async () => {
  const flags = ['--tls', `--tls_ca_file=${at('ca.crt')}`, '--tls_server_name=gateway.sp.com', `--address=${gateway.address}`];
  assert.equal((await webexctl(['operations', 'list', ...flags])).code, 64 + 14);
  assert.equal((await webexctl(['operations', 'list', `--address=${gateway.address}`])).code, 64 + 14);
});

test('the unix socket is for its owner and group, who are listed as "unix"', async () => {
  assert.equal(fs.statSync(socket).mode & 0o777, 0o660);
  assert.equal((await webexctl(['operations', 'list', `--address=unix:${socket}`])).code, 0);
});

test('a certificate that does not fit its key is named before anything starts', async () => {
  const settings = ['--check_config', `--tls_cert_file=${at('gateway.crt')}`, `--tls_key_file=${at('ops.key')}`];
  const {code, stderr} = await webexGateway(settings, {env: token});
  assert.equal(code, 2);
  assert.match(stderr, /--tls_key_file: \S+ops\.key: not the key of \S+gateway\.crt/);
});
