'use strict';
// The gateway and its host: signals, misspelt settings, few descriptors, a token from a pipe, expiring certificates,
// callers with odd TLS or deadlines.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const {once} = require('node:events');
const fs = require('node:fs');
const http2 = require('node:http2');
const net = require('node:net');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const tls = require('node:tls');
const grpc = require('@grpc/grpc-js');
const {connectTo, hello} = require('./attacker.js');
const {makeCertificate} = require('./certificates.js');
const {contract, example, Sandbox, Gateway, run, webexctl, webexGateway, temporaryDirectory} = require('./harness.js');

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

const messages = gateway => gateway.log().filter(({event}) => event === 'message').map(({message}) => message);

test('loses no order to a terminal that closes, or to who wants files read again', async () => {
  await withGateway({sandboxArgs: ['--latency=300ms']}, async (gateway, sandbox) => {
    const answered = gateway.provision(example);
    await sandbox.received(1);
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
      gateway.signal(signal);
      await gateway.line(new RegExp(`${signal} is ignored: files are read again automatically`));
    }
    assert.equal((await answered).code, 'OK');
    assert.equal((await gateway.provision({...example, userId: 'afterwards'})).code, 'OK');
    assert.equal(await gateway.stop(), 0);
  });
});

test('lets an order end on SIGQUIT, as on SIGTERM, whatever other signals come meanwhile', async () => {
  await withGateway({sandboxArgs: ['--latency=300ms']}, async (gateway, sandbox) => {
    const answered = gateway.provision(example);
    await sandbox.received(1);
    gateway.signal('SIGQUIT');
    await gateway.line(/stopping/);
    gateway.signal('SIGHUP');
    assert.equal((await answered).code, 'OK');
    assert.equal(await gateway.exited, 0);
  });
});

test('warns of files that others may write, and of secrets that they may read, at the start and when it checks', async () => {
  const folder = temporaryDirectory();
  const file = (name, mode, content = 'x') => {
    const at = path.join(folder, name);
    fs.writeFileSync(at, content);
    fs.chmodSync(at, mode);
    return at;
  };
  const ledger = file('ledger.db', 0o602, '');
  const secret = file('secret', 0o604), refreshToken = file('refresh-token', 0o666), id = file('id', 0o644);
  const state = path.join(folder, 'state');
  const oauth = [
    `--oauth_client_id_file=${id}`, `--oauth_client_secret_file=${secret}`, `--oauth_refresh_token_file=${refreshToken}`,
    `--oauth_state_file=${state}`
  ];
  const warnings = [
    `--oauth_client_secret_file: ${secret}: others may read it (mode 0604)`,
    `--oauth_refresh_token_file: ${refreshToken}: others may read and write it (mode 0666)`,
    `--ledger: ${ledger}: others may write it (mode 0602)`,
  ];
  const checked = await webexGateway(['--check_config', ...oauth, `--ledger=sqlite:${ledger}`]);
  assert.equal(checked.code, 0);
  assert.equal(checked.stderr, warnings.map(warning => `webex-gateway: warning: ${warning}\n`).join(''));
  await withGateway({args: [`--ledger=sqlite:${ledger}`]}, async gateway => {
    const said = gateway.log().filter(({level}) => level === 'warning').map(({message}) => message);
    assert.deepEqual(said, warnings.slice(2));
  });
  fs.chmodSync(secret, 0o600);
  fs.chmodSync(refreshToken, 0o600);
  fs.chmodSync(ledger, 0o600);
  assert.equal((await webexGateway(['--check_config', ...oauth, `--ledger=sqlite:${ledger}`])).stderr, '');
});

test('names variables that are no settings, at the start and when it checks', async () => {
  const env = {
    ...token,
    WEBEX_GATEWAY_ALLOWED_CLIENT: 'billing.sp.com',
    WEBEX_GATEWAY_SERVICE_HOST: '10.0.0.11',
    WEBEX_GATEWAY_PORT: 'tcp://10.0.0.11:50051',
  };
  const warning = 'WEBEX_GATEWAY_ALLOWED_CLIENT: there is no such setting; did you mean WEBEX_GATEWAY_ALLOWED_CLIENTS?';
  const checked = await webexGateway(['--check_config', '--ledger=none'], {env});
  assert.equal(checked.code, 0);
  assert.equal(checked.stderr, `webex-gateway: warning: ${warning}\n`);
  const bad = await webexGateway(['--check_config', '--ledger=none', '--log_level=loud'], {env});
  assert.equal(bad.code, 2);
  assert.ok(bad.stderr.includes(warning), bad.stderr);
  await withGateway({env}, async gateway => {
    const warnings = gateway.log().filter(({level}) => level === 'warning');
    assert.deepEqual(warnings.map(({message}) => message), [warning]);
  });
});

test('takes the token from a pipe, which gives it once', async () => {
  const pipe = path.join(temporaryDirectory(), 'token');
  assert.equal((await run('mkfifo', [pipe])).code, 0);
  const written = run('sh', ['-c', 'printf sandbox-token >"$0"', pipe]);
  await withGateway({args: [`--webex_token_file=${pipe}`], env: {}}, async gateway => {
    assert.equal((await gateway.provision(example)).code, 'OK');
    assert.equal((await gateway.admin('/readyz')).status, 200);
    assert.ok(messages(gateway).some(message => /^--webex_token_file: a pipe/.test(message)), gateway.output);
  });
  assert.equal((await written).code, 0);
});

/** Starts a gateway that may have this many descriptors. */
async function startWithDescriptors(sandbox, limit) {
  const ledger = path.join(temporaryDirectory(), 'ledger.db');
  const program = path.join(process.env.WEBEX_BIN, 'webex-gateway');
  const gateway = new Gateway('/usr/bin/prlimit', [
    `--nofile=${limit}`, program, '--listen=127.0.0.1:0', '--admin_listen=127.0.0.1:0', `--webex_base_url=${sandbox.url}/v1`,
    `--ledger=sqlite:${ledger}`
  ], token);
  return gateway;
}

test('does not start where the limit on descriptors leaves no room for callers, and serves where it does', async () => {
  const sandbox = await Sandbox.start();
  try {
    const none = await startWithDescriptors(sandbox, 63);
    assert.equal(await none.exited, 2);
    assert.match(none.output, /webex-gateway: the limit on open files \(ulimit -n\) is 63, and must be 64 or more\n/);
    const few = await startWithDescriptors(sandbox, 64);
    const [, port] = await few.line(/"ports":\[(\d+)/);
    const {code, stderr} =
        await webexctl([`--address=127.0.0.1:${port}`, 'provision', '--file=-'], {input: JSON.stringify(example)});
    assert.equal(code, 0, stderr);
    assert.equal(await few.stop(), 0);
  } finally {
    await sandbox.stop();
  }
});

test('lets newcomers in where as many callers as may connect sit idle', async () => {
  const sandbox = await Sandbox.start();
  const gateway = await startWithDescriptors(sandbox, 200);  // 150 are for callers
  const sockets = [];
  try {
    const [, port] = await gateway.line(/"ports":\[(\d+)/);
    const address = `127.0.0.1:${port}`;
    gateway.channel = new grpc.Client(address, grpc.credentials.createInsecure());
    await gateway.health();  // it is idle too, but not for longest
    for (let i = 0; i < 200; ++i) {
      const socket = connectTo(address, hello());
      sockets.push(socket);
      await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      if (i % 50 === 0) await gateway.health();
    }
    const {code, stderr} =
        await webexctl([`--address=${address}`, 'provision', '--file=-'], {input: JSON.stringify(example)});
    assert.equal(code, 0, stderr);
    assert.ok(sockets[0].destroyed, 'the one that was idle for longest is still there');
    assert.ok(!sockets[199].destroyed);
  } finally {
    sockets.forEach(socket => socket.destroy());
    await gateway.stop();
    await sandbox.stop();
  }
});

test('names the port of a host, and none of a unix socket, once it serves', async () => {
  const socket = path.join(temporaryDirectory(), 'gateway.sock');
  await withGateway({args: [`--listen=unix:${socket},127.0.0.1:0`]}, async gateway => {
    const {listen, ports} = gateway.log().find(({event}) => event === 'serving');
    assert.equal(listen, `unix:${socket},127.0.0.1:0`);
    assert.equal(ports.length, 1);
    assert.equal(gateway.address, `127.0.0.1:${ports[0]}`);
    assert.equal((await gateway.provision(example)).code, 'OK');
  });
});

test('gives the number of a closed standard stream to nothing that a log line could spoil', async () => {
  const folder = temporaryDirectory();
  const socket = path.join(folder, 'gateway.sock');
  const gateway = new Gateway('/bin/sh', [
    '-c', 'exec "$0" "$@" >&- 2>&-', path.join(process.env.WEBEX_BIN, 'webex-gateway'), `--listen=unix:${socket}`,
    '--admin_listen=', '--webex_base_url=http://127.0.0.1:1/v1', `--ledger=sqlite:${path.join(folder, 'ledger.db')}`
  ], token);
  while ((await webexctl(['health', `--address=unix:${socket}`])).code !== 0) await sleep(50);
  for (const stream of [1, 2]) assert.equal(fs.readlinkSync(`/proc/${gateway.process.pid}/fd/${stream}`), '/dev/null');
  assert.equal(await gateway.stop(), 0);
});

// ---- TLS.

/** The paths of a self-signed certificate and its key, and the flags with which the gateway requires it from callers. */
function certificate(days) {
  const made = path.join(temporaryDirectory(), 'tls');
  makeCertificate(made, 'server', {subject: 'gateway', names: 'DNS:localhost', days});
  const [cert, key] = [`${made}.crt`, `${made}.key`];
  return {cert, key, args: [`--tls_cert_file=${cert}`, `--tls_key_file=${key}`, `--tls_client_ca_file=${cert}`]};
}

test('warns of a certificate that ends within a week, at the start and when it checks', async () => {
  const soon = certificate(6);
  const checked = await webexGateway(['--check_config', '--ledger=none', ...soon.args], {env: token});
  assert.equal(checked.code, 0);
  assert.match(checked.stderr, /^webex-gateway: warning: tls: the certificate in use expires at \S+, within a week\n$/);
  await withGateway({args: soon.args}, async gateway => {
    const warnings = gateway.log().filter(({level}) => level === 'warning');
    assert.equal(warnings.length, 1, gateway.output);
    assert.match(warnings[0].message, /^tls: the certificate in use expires at \S+, within a week$/);
  });
  const later = certificate(30);
  assert.equal((await webexGateway(['--check_config', '--ledger=none', ...later.args], {env: token})).stderr, '');
});

/** Connects, sends `bytes`, if any, and waits for the end. */
const connection = (socket, bytes) => new Promise(resolve => {
  if (bytes) socket.write(bytes);
  socket.on('error', () => {}).on('close', resolve).resume();
});

test('logs and counts callers whose TLS handshake fails, once a second at most', async () => {
  const {cert, args} = certificate(30);
  await withGateway({args}, async gateway => {
    const port = Number(gateway.address.split(':')[1]);
    const anonymous = () =>
        connection(tls.connect({port, host: '127.0.0.1', ca: fs.readFileSync(cert), servername: 'localhost', ALPNProtocols: ['h2']}));
    await anonymous();
    await gateway.line(/"event":"handshake_failed"/);
    const {peer, detail, failures} = gateway.log().find(({event}) => event === 'handshake_failed');
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
    assert.equal(detail, 'peer did not return a certificate');
    assert.equal(failures, 1);

    const plain = () => connection(net.connect(port, '127.0.0.1'), 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.all(Array.from({length: 20}, plain));
    for (;;) {  // until a second has passed, each is counted, but not reported
      await plain();
      const lines = gateway.log().filter(({event}) => event === 'handshake_failed');
      if (lines.length < 2) continue;
      assert.equal(lines[1].detail, 'the caller did not send TLS');
      assert.ok(lines[1].failures > 20, `${lines[1].failures}`);
      assert.ok(Date.parse(lines[1].time) - Date.parse(lines[0].time) >= 999);
      break;
    }
    assert.ok((await gateway.metrics()).get('webex_gateway_handshakes_failed_total') > 21);
  });
});

// ---- Deadlines.

/** Orders with this grpc-timeout, with an HTTP/2 client that does not know gRPC; returns the answer's grpc-status. */
function orderWithin(address, timeout, order) {
  const method = contract.webex.broadworks.v1.WorkspaceService.service.ProvisionWorkspace;
  const message = method.requestSerialize(order);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const client = http2.connect(`http://${address}`);
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    const stream = client.request({
      ':method': 'POST', ':path': method.path, 'content-type': 'application/grpc', 'te': 'trailers', 'grpc-timeout': timeout
    });
    stream.on('response', headers => headers['grpc-status'] && resolve(headers['grpc-status']));
    stream.on('trailers', trailers => resolve(trailers['grpc-status']));
    stream.on('error', reject).resume();
    stream.end(Buffer.concat([head, message]));
  }).finally(() => client.destroy());
}

test('takes any deadline that gRPC can express, however far away', async () => {
  await withGateway({sandboxArgs: ['--latency=100ms']}, async gateway => {
    // The second is the longest that grpc-go sends, from the year 2262 on; the others are the longest of each unit.
    for (const timeout of ['1H', '2562047H', '99999999H', '99999999M', '99999999S', '99999999m', '99999999u']) {
      assert.equal(await orderWithin(gateway.address, timeout, {...example, userId: timeout}), '0', timeout);
    }
  });
});

test('webexctl: says what an address looks like where it is given a URL', async () => {
  const {code, stderr} = await webexctl(['health', '--address=http://127.0.0.1:1']);
  assert.equal(code, 2);
  assert.match(stderr, /'http:\/\/127\.0\.0\.1:1' is a URL; did you mean --address=127\.0\.0\.1:1\?/);
});

test('webexctl: names variables that are no settings', async () => {
  await withGateway({}, async gateway => {
    const {code, stderr} = await webexctl(['health', `--address=${gateway.address}`], {env: {WEBEXCTL_ADRESS: 'gateway:1'}});
    assert.equal(code, 0);
    assert.equal(stderr, 'webexctl: WEBEXCTL_ADRESS: there is no such setting; did you mean WEBEXCTL_ADDRESS?\n');
  });
});
