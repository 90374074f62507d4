'use strict';
// deploy/README.md's recipe for TLS on both sides, unchanged: its certificates are only for their purpose.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {makeCertificate} = require('./certificates.js');
const {Sandbox, Gateway, run, webexctl, temporaryDirectory} = require('./harness.js');

const page = fs.readFileSync(path.join(__dirname, '../../deploy/README.md'), 'utf8');
const [, recipe] = page.match(/```sh\n(mkdir [^\n]*build\/certs\n.*?)```\n/s);
// Up to the command that starts the gateway.
const [makesCertificates] = recipe.split(/^WEBEX_GATEWAY_WEBEX_TOKEN=/m);

const directory = temporaryDirectory();
const at = name => path.join(directory, 'build/certs', name);
const callers = ['bss', 'operator'];
let sandbox;
let gateway;

before(async () => {
  fs.mkdirSync(path.join(directory, 'build'));
  const {code, stderr} = await run('bash', ['-euc', `cd '${directory}'; ${makesCertificates}`]);
  assert.equal(code, 0, stderr);
  sandbox = await Sandbox.start();
  const settings = recipe.match(/--(tls_cert_file|tls_key_file|tls_client_ca_file|allowed_clients|resolve_clients)=\S+/g).slice(0, 5);
  gateway = await Gateway.start(sandbox, settings.map(setting => setting.replace('build/certs', path.dirname(at('x')))));
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
  fs.rmSync(directory, {recursive: true});
});

/** webexctl as the caller with the certificate and key of this name. */
const as = (name, ...command) => webexctl([
  ...command, '--tls', `--address=${gateway.address}`, '--tls_server_name=localhost', `--tls_ca_file=${at('ca.crt')}`,
  `--tls_cert_file=${at(`${name}.crt`)}`, `--tls_key_file=${at(`${name}.key`)}`
]);
const verify = (...args) => run('openssl', ['verify', '-CAfile', at('ca.crt'), ...args]);

/** A certificate with the operator's name, signed by `issuer`, presented together with its issuer's. */
function forge(name, issuer) {
  makeCertificate(at(name), 'client', {names: 'DNS:operator.sp.com', by: at(issuer)});
  fs.copyFileSync(at(`${name}.crt`), at(`${name}-alone.crt`));
  fs.appendFileSync(at(`${name}.crt`), fs.readFileSync(at(`${issuer}.crt`)));
}

test('each caller is served, and the operator alone may resolve', async () => {
  for (const caller of callers) {
    const listed = await as(caller, 'operations', 'list');
    assert.equal(listed.code, 0, listed.stderr);
  }
  const resolve = ['operations', 'resolve', '00000000-0000-4000-8000-000000000001', '--not_applied', '--note=looked'];
  assert.equal((await as('bss', ...resolve)).code, 64 + 7);
  assert.equal((await as('operator', ...resolve)).code, 64 + 5);
});

test('each certificate is for its side alone, by the strictest rules', async () => {
  for (const [name, purpose, other] of [['gateway', 'sslserver', 'sslclient'], ['bss', 'sslclient', 'sslserver'],
                                        ['operator', 'sslclient', 'sslserver']]) {
    const {code, stderr} = await verify('-x509_strict', '-purpose', purpose, at(`${name}.crt`));
    assert.equal(code, 0, stderr);
    assert.match((await verify('-purpose', other, at(`${name}.crt`))).stderr, /unsupported certificate purpose|unsuitable certificate purpose/);
  }
});

test('no certificate but the authority can issue another', async () => {
  for (const issuer of ['gateway', ...callers]) {
    const name = `by-${issuer}`;
    forge(name, issuer);
    const verified = await verify('-untrusted', at(`${issuer}.crt`), at(`${name}-alone.crt`));
    assert.notEqual(verified.code, 0);
    assert.match(verified.stderr, /invalid CA certificate/);

    const refused = await as(name, 'operations', 'list', '--timeout=5s');
    assert.equal(refused.code, 64 + 14, refused.stderr);
    await gateway.line(/"event":"handshake_failed".*invalid CA certificate/);
  }
});

test('nor can the authority make another authority', async () => {
  makeCertificate(at('below'), 'authority', {subject: 'below', by: at('ca')});
  forge('by-below', 'below');
  const verified = await verify('-untrusted', at('below.crt'), at('by-below-alone.crt'));
  assert.match(verified.stderr, /path length constraint exceeded/);
  assert.equal((await as('by-below', 'operations', 'list', '--timeout=5s')).code, 64 + 14);
});
