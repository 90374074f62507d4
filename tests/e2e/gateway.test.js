'use strict';
// The gateway against the sandbox, through third-party clients: grpc-js, plain HTTP/2, `buf curl`.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const http2 = require('node:http2');
const {contract, example, Sandbox, Gateway, bufCurl} = require('./harness.js');

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const provisionPath = '/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace';
let sandbox;
let gateway;

before(async () => {
  sandbox = await Sandbox.start();
  // Without a ledger: it would block a user's next order after one whose outcome is unknown.
  gateway = await Gateway.start(sandbox, ['--attempt_timeout=2s', '--ledger=none']);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});
beforeEach(() => sandbox.control('POST', 'reset'));

test('provisions the example of the REST reference', async () => {
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'OK');
  const {id, createTime, state, ...echo} = answer.value;
  assert.match(id, /^[A-Za-z0-9+/]+$/);
  assert.ok(createTime.seconds > 0);
  assert.equal(state, 'PROVISIONED');
  for (const [field, value] of Object.entries(example)) assert.equal(echo[field], value);
  assert.match(answer.trailers['x-request-id'], uuid);
  assert.ok(answer.trailers['x-webex-tracking-id']);
  assert.equal((await sandbox.workspacesOf(example.userId)).length, 1);
});

test('keeps the id that the caller gave the order', async () => {
  const requestId = '00000000-0000-4000-8000-00000000abcd';
  const answer = await gateway.provision({...example, requestId});
  assert.equal(answer.trailers['x-request-id'], requestId);
});

test('only checks an order with validateOnly', async () => {
  const answer = await gateway.provision({...example, validateOnly: true});
  assert.equal(answer.code, 'OK');
  assert.equal(answer.value.id, '');
  assert.equal((await sandbox.stats()).postsStarted, 0);
});

test('names every fault of an order in one answer, and sends nothing', async () => {
  const answer = await gateway.provision({userId: 'a\u0007', extension: 'x'.repeat(1025), requestId: 'mine\n'});
  assert.equal(answer.code, 'INVALID_ARGUMENT');
  assert.equal(answer.info.reason, 'INVALID_REQUEST');
  assert.equal(answer.outcome, 'not_applied');
  const fields = answer.details['google.rpc.BadRequest'].fieldViolations.map(violation => violation.field);
  assert.deepEqual(
      fields.sort(), ['displayName', 'extension', 'provisioningId', 'requestId', 'spEnterpriseId', 'userId']);
  assert.match(answer.trailers['x-request-id'], uuid);
  assert.equal((await sandbox.stats()).postsStarted, 0);
});

test('names the field whose text is no UTF-8', async () => {
  const answer = await gateway.call(provisionPath, Buffer.from([0x12, 0x02, 0xC3, 0x28]), x => x);
  assert.equal(answer.code, 'INVALID_ARGUMENT');
  assert.equal(answer.details['google.rpc.BadRequest'].fieldViolations[0].field, 'userId');
});

test('refuses bytes that are no order, and an order that is too long', async () => {
  for (const bytes of [Buffer.from([0xFF, 0xFF, 0xFF]), Buffer.alloc(70_000, 0x0A), Buffer.alloc(200_000)]) {
    const answer = await gateway.call(provisionPath, bytes, x => x);
    assert.equal(answer.code, 'INVALID_ARGUMENT');
    assert.equal(answer.info.reason, 'INVALID_REQUEST');
    assert.match(answer.trailers['x-request-id'], uuid);
    assert.equal(answer.info.metadata.request_id, answer.trailers['x-request-id']);
  }
  assert.equal((await gateway.call(provisionPath, Buffer.alloc(300_000), x => x)).code, 'RESOURCE_EXHAUSTED');
});

// One row for each kind in the error table; every row is tested next to the table.
const rows = [
  {status: 400, code: 'INVALID_ARGUMENT', reason: 'WEBEX_INVALID_REQUEST', outcome: 'not_applied'},
  {status: 403, code: 'PERMISSION_DENIED', reason: 'WEBEX_FORBIDDEN', outcome: 'not_applied'},
  {status: 404, code: 'NOT_FOUND', reason: 'WEBEX_NOT_FOUND', outcome: 'not_applied'},
  {status: 409, code: 'ALREADY_EXISTS', reason: 'WEBEX_CONFLICT', outcome: 'not_applied'},
  {status: 302, code: 'INTERNAL', reason: 'WEBEX_REDIRECTED', outcome: 'not_applied'},
  {status: 500, code: 'INTERNAL', reason: 'WEBEX_INTERNAL', outcome: 'unknown', pushback: '-1'},
  {status: 502, code: 'UNAVAILABLE', reason: 'WEBEX_BAD_GATEWAY', outcome: 'unknown', pushback: '-1'},
  {status: 503, code: 'UNAVAILABLE', reason: 'WEBEX_OVERLOADED', outcome: 'unknown', pushback: '-1'},
  {status: 504, code: 'DEADLINE_EXCEEDED', reason: 'WEBEX_TIMEOUT', outcome: 'unknown', pushback: '-1'},
];
for (const row of rows) {
  test(`answers ${row.code} (${row.reason}) where Webex answers ${row.status}`, async () => {
    await sandbox.fault({kind: 'status', status: row.status, headers: row.headers ?? {}});
    const answer = await gateway.provision(example);
    assert.equal(answer.code, row.code);
    assert.equal(answer.info.reason, row.reason);
    assert.equal(answer.info.domain, 'webex-gateway');
    assert.equal(answer.outcome, row.outcome);
    assert.equal(answer.info.metadata.http_status, `${row.status}`);
    assert.equal(answer.trailers['grpc-retry-pushback-ms'], row.pushback);
    assert.equal(answer.details['google.rpc.RequestInfo'].requestId, answer.trailers['x-webex-tracking-id']);
    assert.equal((await sandbox.stats()).postsReceived, 1);
  });
}

test('says that a user is provisioned already', async () => {
  await gateway.provision(example);
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'ALREADY_EXISTS');
  assert.equal(answer.info.reason, 'WEBEX_ALREADY_EXISTS');
  assert.equal(answer.info.metadata.webex_error_code, '10022');
});

test('says what it was told where Webex takes an order without returning it', async () => {
  await sandbox.fault({kind: 'status', status: 202, body: ''});
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'OK');
  assert.equal(answer.value.state, 'ACCEPTED');
  assert.equal(answer.value.userId, example.userId);
});

test('sends an order again that Webex asked to send later', async () => {
  await sandbox.fault({kind: 'status', status: 503, headers: {'Retry-After': '0'}});
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'OK');
  assert.equal((await sandbox.stats()).postsReceived, 2);
});

const lost = [
  {name: 'closes', fault: {kind: 'close'}, words: 'Webex closed the connection without an answer'},
  {name: 'resets', fault: {kind: 'reset'}, words: 'Webex closed the connection without an answer'},
  {name: 'closes inside the headers', fault: {kind: 'close', when: 'headers'}, words: 'Webex closed the connection without an answer'},
  {name: 'sends half an answer', fault: {kind: 'half'}, words: 'the connection ended during the answer'},
  {name: 'sends garbage', fault: {kind: 'garbage'}, words: 'the answer is not readable HTTP'},
  {
    name: 'sends an interim answer only',
    fault: {kind: 'status', status: 100, applied: false},
    words: 'the answer is not readable HTTP'
  },
  {name: 'hangs', fault: {kind: 'hang'}, words: "no answer within the attempt's time limit"},
];
for (const {name, fault, words} of lost) {
  test(`says "unknown", never orders twice, and serves the next order where Webex ${name}`, async () => {
    await gateway.provision({...example, userId: 'before'});  // so that the connection is a reused one
    await sandbox.fault(fault);
    const answer = await gateway.provision(example);
    assert.equal(answer.code, 'UNAVAILABLE');
    assert.equal(answer.info.reason, 'WEBEX_ANSWER_LOST');
    assert.equal(answer.message, `the order was sent, but Webex's answer was lost or cannot be read: ${words} [WEBEX_ANSWER_LOST, unknown]`);
    assert.equal(answer.outcome, 'unknown');
    assert.equal(answer.trailers['grpc-retry-pushback-ms'], '-1');
    assert.equal((await sandbox.stats()).postsReceived, 2);
    assert.equal((await gateway.provision({...example, userId: 'next'})).code, 'OK');
  });
}

test('says at the deadline that the order was sent', async () => {
  await sandbox.fault({kind: 'hang'});
  const answer = await gateway.provision(example, {deadline: Date.now() + 300});
  assert.equal(answer.code, 'DEADLINE_EXCEEDED');
  assert.equal(answer.info.reason, 'DEADLINE_AFTER_SENT');
  assert.equal(answer.outcome, 'unknown');
});

test('survives names, numbers and tracking ids that no header could hold', async () => {
  await sandbox.fault({
    kind: 'status',
    status: 400,
    headers: {TrackingID: null},
    body: JSON.stringify({message: 'nö\u0000\u0001', trackingId: 'a\nb\u00fc', errors: [{description: '\u2028'.repeat(5000)}]}),
  });
  const answer = await gateway.provision(example);
  assert.equal(answer.code, 'INVALID_ARGUMENT');
  assert.equal(answer.trailers['x-webex-tracking-id'], undefined);
  assert.equal((await gateway.health()).code, 'OK');
});

test('carries each of 200 orders to Webex once, 50 at a time', async () => {
  const users = Array.from({length: 200}, (_, i) => `user-${i}`);
  const left = [...users];
  const worker = async () => {
    for (let userId = left.pop(); userId; userId = left.pop()) {
      const answer = await gateway.provision({...example, userId});
      assert.equal(answer.code, 'OK');
      assert.equal(answer.value.userId, userId);
    }
  };
  await Promise.all(Array.from({length: 50}, worker));
  assert.equal((await sandbox.stats()).postsReceived, 200);
  const held = (await sandbox.control('GET', 'workspaces')).items.map(workspace => workspace.userId);
  assert.deepEqual(held.sort(), users.sort());
});

test('lets an order run on whose caller has left', async () => {
  await sandbox.control('PUT', 'config', {latencyMs: 100});
  let order;
  const answered = gateway.provision(example, {onCall: call => order = call});
  await sandbox.received(1);
  order.cancel();
  assert.equal((await answered).code, 'CANCELLED');
  await gateway.line(/"event":"attempt".*"http_status":200/);
  assert.equal((await sandbox.workspacesOf(example.userId)).length, 1);
});

test('answers errors without initial metadata, as a gRPC client\'s own retry needs it', async () => {
  const session = http2.connect(`http://${gateway.address}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': provisionPath,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const frames = [];
    stream.on('response', (headers, flags) => frames.push({headers, flags}));
    stream.on('trailers', headers => frames.push({headers}));
    stream.on('data', () => {});
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
    await new Promise(resolve => stream.on('close', resolve));
    assert.equal(frames.length, 1);
    assert.equal(frames[0].headers['grpc-status'], '3');
    assert.ok(frames[0].flags & http2.constants.NGHTTP2_FLAG_END_STREAM);
  } finally {
    session.close();
  }
});

test('does not know other methods', async () => {
  const answer = await gateway.call('/webex.broadworks.v1.WorkspaceService/Nope', Buffer.alloc(0), x => x);
  assert.equal(answer.code, 'UNIMPLEMENTED');
  assert.equal(answer.outcome, 'unchanged');
});

test('is healthy as a whole and as a service', async () => {
  for (const service of ['', 'webex.broadworks.v1.WorkspaceService', 'webex.broadworks.v1.OperationService']) {
    const answer = await gateway.health(service);
    assert.equal(answer.code, 'OK');
    assert.equal(answer.value.status, 'SERVING');
  }
  assert.equal((await gateway.health('other')).code, 'NOT_FOUND');
});

for (const protocol of ['grpc-v1', 'grpc-v1alpha']) {
  test(`is understood by a client that knows no proto (${protocol})`, async () => {
    const flags = ['--protocol=grpc', '--http2-prior-knowledge', `--reflect-protocol=${protocol}`];
    const url = `http://${gateway.address}${provisionPath}`;
    const good = await bufCurl([...flags, '--data', JSON.stringify(example), url]);
    assert.equal(good.code, 0, good.stderr);
    const workspace = JSON.parse(good.stdout);
    assert.equal(workspace.spEnterpriseId, 'Reseller1+acme');
    assert.match(workspace.created, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(workspace.state, 'PROVISIONED');

    const bad = await bufCurl([...flags, '--data', '{}', url]);
    assert.match(bad.stderr + bad.stdout, /invalid_argument/);
    assert.match(bad.stderr + bad.stdout, /\[INVALID_REQUEST, not_applied\]/);
    const typo = await bufCurl([...flags, '--data', '{"userid": "x"}', url]);
    assert.match(typo.stderr, /userid/);
  });
}

test('tells by reflection which services there are, and what its error details mean', async () => {
  const method = contract.grpc.reflection.v1.ServerReflection.service.ServerReflectionInfo;
  const stream = gateway.channel.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
  const answers = [];
  stream.on('data', answer => answers.push(answer));
  const end = new Promise(resolve => stream.on('end', resolve));
  stream.write({listServices: '*'});
  stream.write({fileContainingSymbol: 'google.rpc.ErrorInfo'});
  stream.write({fileContainingSymbol: 'no.such.Symbol'});
  stream.end();
  await end;
  const services = answers[0].listServicesResponse.service.map(({name}) => name);
  assert.deepEqual(services, [
    'webex.broadworks.v1.WorkspaceService', 'webex.broadworks.v1.OperationService', 'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'
  ]);
  assert.match(answers[1].fileDescriptorResponse.fileDescriptorProto[0].toString('latin1'), /ErrorInfo/);
  assert.equal(answers[2].errorResponse.errorCode, 5);
});
