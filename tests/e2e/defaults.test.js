'use strict';
// The gateway with its defaults, and with the command lines in deploy/. In an isolated environment (own_world.sh),
// where webexapis.com is the sandbox, and each test sets the system's certificates.

const {test, before, beforeEach, after, afterEach} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const {makeCertificate} = require('./certificates.js');
const {grpc, example, Sandbox, Gateway, run, webexGateway, temporaryDirectory} = require('./harness.js');

// These tests replace the system's certificates and hosts.
assert.match(fs.readFileSync('/proc/self/mountinfo', 'utf8'), / \/etc /, 'run this by own_world.sh, which see');

const token = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'};
const systemStore = '/etc/ssl/certs';
const made = temporaryDirectory();
const at = name => path.join(made, name);
let sandbox;
let gateway;

/** An authority, another below it, and that one's certificate for webexapis.com. */
function makeCertificates() {
  makeCertificate(at('ca'), 'authority', {subject: 'authority'});
  makeCertificate(at('other'), 'authority', {subject: 'other'});
  makeCertificate(at('issuing'), 'authority', {subject: 'issuing', by: at('ca')});
  makeCertificate(at('webex'), 'server', {subject: 'webexapis.com', names: 'DNS:webexapis.com', by: at('issuing')});
  fs.appendFileSync(at('webex.crt'), fs.readFileSync(at('issuing.crt')));
}

/** Makes `directory` a store of OpenSSL's, with the authority under the hash of its name. */
async function addAuthority(directory) {
  fs.mkdirSync(directory, {recursive: true});
  fs.copyFileSync(at('ca.crt'), path.join(directory, 'authority.pem'));
  const {code, stderr} = await run('openssl', ['rehash', directory]);
  assert.equal(code, 0, stderr);
}

/** Starts the gateway without addresses, unlike other tests, and returns it once it serves at its default ones. */
async function start(args = [], env = token, program = 'webex-gateway') {
  gateway = new Gateway(program, args, env);
  await gateway.line(/"event":"serving".*\n/);
  gateway.adminUrl = 'http://127.0.0.1:9464';
  gateway.channel = new grpc.Client('127.0.0.1:50051', grpc.credentials.createInsecure(), {'grpc.enable_retries': 0});
}

async function assertOrders() {
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'OK', answer.message);
  assert.equal((await sandbox.workspacesOf(example.userId)).length, 1);
  assert.equal((await gateway.admin('/readyz')).status, 200);
}

before(async () => {
  // Node trusts any certificate, for the sandbox's control endpoint.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  makeCertificates();
});

beforeEach(async () => {
  fs.rmSync(systemStore, {recursive: true, force: true});
  fs.mkdirSync(systemStore, {recursive: true});
  fs.mkdirSync('/var/lib/webex-gateway', {mode: 0o700});
  await startSandbox('127.0.0.1');
});

/** Starts Webex, at this address of webexapis.com. */
async function startSandbox(address) {
  fs.writeFileSync('/etc/hosts', `127.0.0.1 localhost\n${address} webexapis.com\n`);
  sandbox = await Sandbox.start(
      `--listen=${address.includes(':') ? `[${address}]` : address}:443`, `--tls_cert_file=${at('webex.crt')}`,
      `--tls_key_file=${at('webex.key')}`, '--oauth_client_id=C1', '--oauth_client_secret=s3cret');
}

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  await sandbox.stop();
  fs.rmSync('/var/lib/webex-gateway', {recursive: true, force: true});
});

after(() => fs.rmSync(made, {recursive: true}));

test('orders with a token and nothing else set', async () => {
  await addAuthority(systemStore);
  await start();
  await assertOrders();
  assert.ok(fs.existsSync('/var/lib/webex-gateway/ledger.db'));
  assert.equal(await gateway.stop(), 0);
});

/** Each way to make the gateway trust the authority, as the environment that it needs. */
const waysToTrust = {
  'the system\'s store': async () => (await addAuthority(systemStore), {}),
  'SSL_CERT_FILE': async () => ({SSL_CERT_FILE: at('ca.crt')}),
  'an authority that is no root, in SSL_CERT_FILE': async () => ({SSL_CERT_FILE: at('issuing.crt')}),
  'SSL_CERT_DIR': async () => (await addAuthority(at('store')), {SSL_CERT_DIR: `/nonexistent:${at('store')}`}),
};

function oauthFlags() {
  const flag = (name, content) => (fs.writeFileSync(at(name), content), `--oauth_${name}_file=${at(name)}`);
  fs.rmSync(at('state'), {force: true});
  return [
    flag('client_id', 'C1'), flag('client_secret', 's3cret'), flag('refresh_token', 'sandbox-refresh-token'),
    `--oauth_state_file=${at('state')}`
  ];
}

for (const [name, trust] of Object.entries(waysToTrust)) {
  test(`trusts ${name}, for orders`, async () => {
    await start([], {...token, ...await trust()});
    await assertOrders();
  });

  test(`trusts ${name}, for tokens by OAuth too`, async () => {
    await start(oauthFlags(), await trust());
    await assertOrders();
    assert.equal((await sandbox.stats()).tokenRequests, 1);
  });
}

test('reaches a Webex that has an IPv6 address alone', async () => {
  await addAuthority(systemStore);
  await sandbox.stop();
  await startSandbox('::1');
  await start();
  await assertOrders();
});

test('speaks TLS as the system wants it', async () => {
  await addAuthority(systemStore);
  await sandbox.stop();
  const webex = https.createServer(
      {cert: fs.readFileSync(at('webex.crt')), key: fs.readFileSync(at('webex.key')), maxVersion: 'TLSv1.2'},
      (request, answer) => request.resume().on('end', () => answer.end(JSON.stringify({id: 'i'}))));
  await new Promise(resolve => webex.listen(443, '127.0.0.1', resolve));
  fs.writeFileSync(
      at('openssl.cnf'), 'openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nMinProtocol=TLSv1.3\n');
  for (const [env, code] of [[{}, 'OK'], [{OPENSSL_CONF: at('openssl.cnf')}, 'UNAVAILABLE']]) {
    await start([], {...token, ...env});
    const answer = await gateway.provision({...example, userId: code});
    assert.equal(answer.code, code, answer.message);
    if (code !== 'OK') assert.match(answer.message, /alert protocol version/);
    await gateway.stop();
  }
  webex.closeAllConnections();
  await new Promise(resolve => webex.close(resolve));
});

test('trusts nobody else', async () => {
  await addAuthority(systemStore);
  await start([], {...token, SSL_CERT_DIR: '/nonexistent', SSL_CERT_FILE: at('other.crt')});
  const answer = await gateway.provision(example);
  assert.equal(answer.info.reason, 'WEBEX_TLS_FAILED');
  assert.equal(answer.outcome, 'not_applied');
  const {status, body} = await gateway.admin('/readyz');
  assert.equal(status, 503);
  const check = JSON.parse(body).checks.find(({name}) => name === 'webex');
  assert.match(check.trouble, /no secure connection to Webex: its certificate was refused: unable to get .*, certificate \/CN=/);
  assert.equal((await gateway.admin('/livez')).status, 200);
});

test('does not start where it would trust nobody, and says so', async () => {
  fs.writeFileSync(path.join(systemStore, 'unhashed.pem'), fs.readFileSync(at('ca.crt')));
  fs.writeFileSync(at('empty.pem'), 'no certificate\n');
  const environments = [{}, {SSL_CERT_FILE: at('empty.pem')}, {SSL_CERT_FILE: '/nonexistent.pem'}, {SSL_CERT_DIR: made}];
  for (const env of environments) {
    for (const args of [[], ['--check_config']]) {
      const {code, stderr} = await webexGateway(args, {env: {...token, ...env}});
      assert.equal(code, 2, `${JSON.stringify(env)} ${stderr}`);
      assert.match(stderr, /no certificates to trust for Webex: none in .*; install ca-certificates, or set --webex_ca_file/);
    }
  }
  const {code} = await webexGateway(['--check_config', '--webex_base_url=http://127.0.0.1:1/v1'], {env: token});
  assert.equal(code, 0, 'a sandbox needs none');
});

test('orders as the systemd unit starts it', async () => {
  await addAuthority(systemStore);
  oauthFlags();
  for (const name of ['client-id', 'client-secret', 'refresh-token']) fs.copyFileSync(at(name.replace('-', '_')), at(name));
  const unit = fs.readFileSync(path.join(__dirname, '../../deploy/systemd/webex-gateway.service'), 'utf8');
  assert.match(unit, /^ExecStart=webex-gateway$/m);
  const settings = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  await start([], Object.fromEntries(settings.map(([name, value]) => [name, value.replace('%d', made).replace('%S', '/var/lib')])));
  await assertOrders();
  assert.ok(fs.existsSync('/var/lib/webex-gateway/ledger.db'));
});

/** Checks that other processes of the gateway's user cannot read its memory, that no core is written, and that it still reports its own usage. */
async function assertMemoryIsPrivate(user) {
  const at = `/proc/${gateway.process.pid}`;
  const read = file => run('setpriv', ['--reuid', user, '--regid', user, '--clear-groups', 'cat', `${at}/${file}`]);
  assert.equal((await read('cmdline')).code, 0, 'the user that reads is the gateway\'s');
  for (const file of ['environ', 'mem', 'maps']) assert.match((await read(file)).stderr, /Permission denied/, file);
  assert.match(fs.readFileSync(`${at}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
  const metrics = await gateway.metrics();
  assert.ok(metrics.get('process_open_fds') > 10);
  assert.ok(metrics.get('process_resident_memory_bytes') > 1e6);
}

test('orders as the image starts it: not root, in its folder, with a token alone', async () => {
  await addAuthority(systemStore);
  const user = '10001';
  const dockerfile = fs.readFileSync(path.join(__dirname, '../../deploy/container/Dockerfile'), 'utf8');
  assert.match(dockerfile, new RegExp(`^USER ${user}:${user}$`, 'm'));
  assert.match(dockerfile, /^ENTRYPOINT \["\/usr\/local\/bin\/webex-gateway"\]$/m);
  const program = '/var/lib/webex-gateway.bin';  // where that user may read it
  fs.copyFileSync(path.join(process.env.WEBEX_BIN, 'webex-gateway'), program);
  fs.chownSync('/var/lib/webex-gateway', +user, +user);
  await start(['--reuid', user, '--regid', user, '--clear-groups', program], token, '/usr/bin/setpriv');
  await assertOrders();
  assert.equal(fs.statSync('/var/lib/webex-gateway/ledger.db').uid, +user);
  await assertMemoryIsPrivate(user);
});
