'use strict';
// The gateway's output on stderr, and the trace of an order from its caller to Webex.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const {grpc, example, Sandbox, Gateway, webexctl} = require('./harness.js');

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const requestId = '11111111-2222-4333-8444-555555555555';

/** Each event and the fields that it may have. */
const fields = {
  message: ['message'],
  serving: ['version', 'listen', 'ports', 'webex_base_url', 'admin_listen', 'admin_port'],
  answer: [
    'rpc', 'caller', 'request_id', 'trace_id', 'parent_span_id', 'code', 'reason', 'outcome', 'attempts', 'tracking_id', 'ms'
  ],
  attempt: [
    'request_id', 'trace_id', 'span_id', 'http_method', 'attempt', 'http_status', 'failure', 'detail', 'tracking_id', 'ms'
  ],
  call: ['request_id', 'trace_id', 'http_method', 'attempts', 'http_status', 'failure', 'detail', 'tracking_id', 'ms'],
  resolved: ['request_id', 'outcome', 'resolver'],
};
const numbers = ['admin_port', 'attempt', 'attempts', 'http_status', 'ms'];

function assertWellFormed(events) {
  for (const {time, level, event, ...rest} of events) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(['debug', 'info', 'warning', 'error'].includes(level), level);
    assert.ok(fields[event], event);
    for (const [name, value] of Object.entries(rest)) {
      assert.ok(fields[event].includes(name), `${event} has a ${name}`);
      const type = name === 'ports' ? 'object' : numbers.includes(name) ? 'number' : 'string';
      assert.equal(typeof value, type, name);
    }
  }
}

async function withGateway(args, body) {
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox, args);
  try {
    await body(gateway, sandbox);
  } finally {
    await gateway.stop();
    await sandbox.stop();
  }
}

/** Metadata with these values, in their order. */
function metadata(entries) {
  const made = new grpc.Metadata();
  for (const [name, value] of entries) made.add(name, value);
  return made;
}

test('goes on in the caller\'s trace, with a span for each attempt that log and Webex both know', async () => {
  await withGateway([], async (gateway, sandbox) => {
    await sandbox.fault({kind: 'status', status: 503, headers: {'Retry-After': '0'}});
    const answer = await gateway.provision({...example, requestId}, {
      metadata: metadata([['traceparent', `00-${traceId}-${callersSpan}-01`], ['tracestate', 'b=2'], ['tracestate', 'a=1 ,']])
    });
    assert.equal(answer.code, 'OK');
    await gateway.stop();
    const events = gateway.log().filter(event => event.request_id === requestId);
    assert.deepEqual(events.map(({event}) => event), ['attempt', 'attempt', 'answer']);
    for (const event of events) assert.equal(event.trace_id, traceId);
    const [first, second, last] = events;
    assert.equal(last.parent_span_id, callersSpan);
    assert.deepEqual(
        [last.level, last.rpc, last.code, last.outcome, last.attempts], ['info', 'ProvisionWorkspace', 'OK', 'applied', 2]);
    assert.equal(last.tracking_id, answer.trailers['x-webex-tracking-id']);
    assert.notEqual(first.span_id, second.span_id);
    assert.deepEqual([first.http_status, second.http_status], [503, 200]);
    assert.deepEqual(
        await sandbox.attempts(), events.slice(0, 2).map(({attempt, span_id: span}) => ({
                                                           trackingId: `WXGW_${requestId}_${attempt}`,
                                                           traceparent: `00-${traceId}-${span}-01`,
                                                           tracestate: 'b=2,a=1',
                                                         })));
  });
});

test('begins a trace that is not sampled where the caller has none, or none that can be read', async () => {
  await withGateway([], async (gateway, sandbox) => {
    const callers = [[], [['traceparent', `00-${traceId}-${callersSpan}`], ['tracestate', 'a=1']]];
    for (const [i, entries] of callers.entries()) {
      await gateway.provision({...example, userId: `user-${i}`}, {metadata: metadata(entries)});
    }
    await gateway.stop();
    const attempts = gateway.log().filter(({event}) => event === 'attempt');
    assert.deepEqual(
        await sandbox.attempts().then(seen => seen.map(({traceparent, tracestate}) => [traceparent, tracestate])),
        attempts.map(({trace_id: trace, span_id: span}) => [`00-${trace}-${span}-00`, '']));
    assert.equal(new Set([traceId, ...attempts.map(event => event.trace_id)]).size, 3);
    for (const {parent_span_id: span} of gateway.log()) assert.equal(span, undefined);
  });
});

test('answers a replayed order under its own caller\'s trace', async () => {
  await withGateway([], async gateway => {
    const traces = [traceId, traceId.replace('4', '5')];
    for (const trace of traces) {
      const one = metadata([['traceparent', `00-${trace}-${callersSpan}-00`]]);
      assert.equal((await gateway.provision({...example, requestId}, {metadata: one})).code, 'OK');
    }
    await gateway.stop();
    const events = gateway.log().filter(({event}) => event === 'attempt' || event === 'answer');
    assert.deepEqual(
        events.map(event => [event.event, event.trace_id]),
        [['attempt', traces[0]], ['answer', traces[0]], ['answer', traces[1]]]);
  });
});

test('logs what happened in fields that are known, and nothing personal or secret', async () => {
  await withGateway(['--log_level=debug'], async (gateway, sandbox) => {
    const quoting = {
      message: `${example.displayName} of ${example.userId} at ${example.primaryPhoneNumber} ${example.extension}`,
      trackingId: 'T1',
    };
    await gateway.provision({...example, requestId});
    await gateway.provision(example);
    for (const status of [400, 403, 409, 500, 503]) {
      await sandbox.fault({kind: 'status', status, body: JSON.stringify(quoting)});
      await gateway.provision({...example, userId: `other-${status}@sp.com`});
    }
    await sandbox.fault({kind: 'status', status: 201, body: JSON.stringify({displayName: example.displayName})});
    await gateway.provision({...example, userId: 'unreadable@sp.com'});
    await sandbox.fault({kind: 'half'});
    const lost = (await gateway.provision({...example, userId: 'lost@sp.com'})).info.metadata.request_id;
    await gateway.provision({...example, displayName: ''});
    await gateway.provision({...example, requestId, extension: '51212x'});
    const operations = [`--address=${gateway.address}`, 'operations'];
    await webexctl([...operations, 'list', '--state=unknown']);
    const resolved = await webexctl([...operations, 'resolve', lost, '--not_applied', '--note=Conference gone']);
    assert.equal(resolved.code, 0, resolved.stderr);
    await gateway.stop();

    const events = gateway.log();
    assertWellFormed(events);
    assert.deepEqual([...new Set(events.map(({event}) => event))].sort(), Object.keys(fields).sort());
    const answers = events.filter(({event, rpc}) => event === 'answer' && rpc === 'ProvisionWorkspace');
    assert.deepEqual(answers.map(({level, reason, outcome}) => [level, reason, outcome]), [
      ['info', undefined, 'applied'],
      ['info', 'WEBEX_ALREADY_EXISTS', 'not_applied'],
      ['info', 'WEBEX_INVALID_REQUEST', 'not_applied'],
      ['warning', 'WEBEX_FORBIDDEN', 'not_applied'],
      ['info', 'WEBEX_CONFLICT', 'not_applied'],
      ['warning', 'WEBEX_INTERNAL', 'unknown'],
      ['warning', 'WEBEX_OVERLOADED', 'unknown'],
      ['warning', 'WEBEX_ANSWER_UNREADABLE', 'unknown'],
      ['warning', 'WEBEX_ANSWER_LOST', 'unknown'],
      ['info', 'INVALID_REQUEST', 'not_applied'],
      ['info', 'REQUEST_ID_REUSED', 'not_applied'],
    ]);
    for (const secret of ['sandbox-token', 'Bearer', 'sp.com', 'Conference', '555-1212', '51212', 'acme', 'ZjViMzYx', 'gone']) {
      assert.ok(!gateway.output.includes(secret), `${secret} is in the log:\n${gateway.output}`);
    }
  });
});

test('says in plain words with --log_format=text', async () => {
  await withGateway(['--log_format=text'], async gateway => {
    await gateway.provision({...example, requestId});
    await gateway.stop();
    const lines = gateway.output.trim().split('\n');
    const stamp = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
    const shapes = [
      'info settings: ledger sqlite:.*',
      'info on record: 0 succeeded, 0 failed, 0 unknown',
      'info serving version=\\S+ listen=\\S+ ports=\\d+ .*',
      `info attempt request_id=${requestId} trace_id=\\w{32} span_id=\\w{16} http_method=POST attempt=1 http_status=200 .*`,
      `info answer rpc=ProvisionWorkspace request_id=${requestId} .* code=OK outcome=applied attempts=1 .* ms=\\d+\\.\\d`,
      'info stopping: .*',
      'info stopped',
    ];
    assert.equal(lines.length, shapes.length, gateway.output);
    for (const [i, shape] of shapes.entries()) assert.match(lines[i], new RegExp(`^${stamp} ${shape}$`));
  });
});

test('serves and stops where nobody reads its log', async () => {
  await withGateway(['--log_level=debug'], async gateway => {
    gateway.process.stderr.pause();
    for (let i = 0; i < 10; ++i) {
      const orders = Array.from({length: 100}, (_, j) => gateway.provision({...example, userId: `user-${i}-${j}`}));
      assert.deepEqual([...new Set((await Promise.all(orders)).map(({code}) => code))], ['OK']);
    }
    const exited = new Promise(resolve => gateway.process.on('exit', resolve));
    gateway.signal();
    assert.equal(await exited, 0);
    gateway.process.stderr.resume();
    await gateway.exited;
    assert.ok(!gateway.output.includes('"message":"stopped"'), 'somebody has read it');
  });
});
