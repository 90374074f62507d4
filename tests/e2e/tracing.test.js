'use strict';
// Spans as a receiver gets them that is not ours: served by grpc-js, decoded by OpenTelemetry's own JavaScript packages.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {grpc, example, Sandbox, Gateway, webexGateway, temporaryDirectory} = require('./harness.js');
const {makeCertificate} = require('./certificates.js');

// The decoder of requests is a part of the package that it does not export.
const decoders = path.join(path.dirname(require.resolve('@opentelemetry/otlp-transformer')), 'generated/root.js');
const otlp = require(decoders).opentelemetry.proto;
const {ExportTraceServiceRequest, ExportTraceServiceResponse} = otlp.collector.trace.v1;

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const requestId = '11111111-2222-4333-8444-555555555555';
const token = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'};

const service = {
  export: {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestDeserialize: bytes => ExportTraceServiceRequest.decode(bytes),
    responseSerialize: response => Buffer.from(ExportTraceServiceResponse.encode(response).finish()),
  },
};

/** An attribute list as an object. */
function object(attributes) {
  return Object.fromEntries(attributes.map(({key, value}) => [key, value.stringValue ?? Number(value.intValue)]));
}

const hex = bytes => Buffer.from(bytes ?? []).toString('hex');

/** A span with what a test looks at. */
function plain(span) {
  return {
    name: span.name,
    kind: span.kind,
    traceId: hex(span.traceId),
    id: hex(span.spanId),
    parent: hex(span.parentSpanId),
    state: span.traceState,
    flags: span.flags,
    nanoseconds: Number(BigInt(span.endTimeUnixNano.toString()) - BigInt(span.startTimeUnixNano.toString())),
    begun: BigInt(span.startTimeUnixNano.toString()),
    failed: span.status?.code === 2,
    attributes: object(span.attributes),
  };
}

class Receiver {
  static async start(credentials = grpc.ServerCredentials.createInsecure()) {
    const receiver = new Receiver();
    receiver.requests = [];
    receiver.waiting = [];
    /** What it answers; by default it takes everything. */
    receiver.answer = (call, done) => done(null, {});
    receiver.server = new grpc.Server();
    receiver.server.addService(service, {
      export(call, done) {
        receiver.requests.push({...call.request, metadata: call.metadata.getMap()});
        receiver.answer(call, done);
        receiver.waiting = receiver.waiting.filter(({reached, resolve}) => !reached() || resolve());
      },
    });
    receiver.port = await new Promise((resolve, reject) => receiver.server.bindAsync(
        '127.0.0.1:0', credentials, (error, port) => error ? reject(error) : resolve(port)));
    receiver.url = `http://127.0.0.1:${receiver.port}`;
    return receiver;
  }

  get spans() {
    return this.requests.flatMap(request => request.resourceSpans)
        .flatMap(resource => resource.scopeSpans)
        .flatMap(scope => scope.spans)
        .map(plain);
  }

  /** Waits for so many exports, at most 20 s. */
  received(exports) {
    const reached = () => this.requests.length >= exports;
    if (reached()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${this.requests.length} exports after 20 s, not ${exports}`)), 20_000);
      this.waiting.push({reached, resolve: () => (clearTimeout(limit), resolve())});
    });
  }

  stop() {
    this.server.forceShutdown();
  }
}

async function withAll(env, body, receiver) {
  receiver ??= await Receiver.start();
  const sandbox = await Sandbox.start();
  const gateway = await Gateway.start(sandbox, [], {...token, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env});
  try {
    await body(gateway, sandbox, receiver);
  } finally {
    await gateway.stop();
    await sandbox.stop();
    receiver.stop();
  }
}

function metadata(entries) {
  const made = new grpc.Metadata();
  for (const [name, value] of Object.entries(entries)) made.set(name, value);
  return made;
}

const sampled = () => ({metadata: metadata({traceparent: `00-${traceId}-${callersSpan}-01`, tracestate: 'a=1'})});
const byName = (spans, name) => spans.filter(span => span.name === name);
const callName = 'webex.broadworks.v1.WorkspaceService/ProvisionWorkspace';
const attemptName = 'POST /broadworks/workspaces';

test('a call, its attempts and its commits are spans of the caller\'s trace, and leave at a stop', async () => {
  const env = {
    OTEL_SERVICE_NAME: 'orders',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20t',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  };
  await withAll(env, async (gateway, sandbox, receiver) => {
    await sandbox.fault({kind: 'status', status: 429, headers: {'Retry-After': '0'}});
    assert.equal((await gateway.provision({...example, requestId}, sampled())).code, 'OK');
    assert.equal(await gateway.stop(), 0);

    const [{metadata: headers, resourceSpans: [{resource, scopeSpans: [{scope}]}]}] = receiver.requests;
    assert.equal(headers.authorization, 'Bearer t');
    assert.match(headers['user-agent'], /^webex-gateway\/\d/);
    const about = object(resource.attributes);
    assert.equal(about['service.name'], 'orders');
    assert.equal(about['deployment.environment.name'], 'test');
    assert.match(about['service.instance.id'], /^[0-9a-f-]{36}$/);
    assert.equal(scope.name, 'webex-gateway');

    const {spans} = receiver;
    assert.deepEqual(
        spans.map(({name}) => name), ['claim sqlite', attemptName, attemptName, 'complete sqlite', callName]);
    const [call] = byName(spans, callName);
    assert.deepEqual([call.kind, call.parent, call.state, call.flags], [2, callersSpan, 'a=1', 0x301]);
    for (const span of spans) assert.equal(span.traceId, traceId);
    for (const span of spans.filter(({name}) => name !== callName)) {
      assert.deepEqual([span.kind, span.parent, span.flags], [3, call.id, 0x101], span.name);
      assert.ok(span.nanoseconds >= 0 && span.nanoseconds <= call.nanoseconds, span.name);
      assert.ok(span.begun >= call.begun - 1_000_000n, span.name);
    }
    assert.equal(new Set(spans.map(({id}) => id)).size, 5);

    const [first, second] = byName(spans, attemptName);
    assert.deepEqual([first.failed, second.failed], [true, false]);
    assert.equal(first.attributes['http.response.status_code'], 429);
    assert.equal(first.attributes['error.type'], '429');
    assert.equal(second.attributes['http.request.resend_count'], 1);
    assert.deepEqual(
        (await sandbox.attempts()).map(({traceparent}) => traceparent),
        [first, second].map(({id}) => `00-${traceId}-${id}-01`));
    assert.deepEqual(call.attributes, {
      'rpc.system.name': 'grpc',
      'rpc.method': callName,
      'rpc.response.status_code': 'OK',
      'webex_gateway.request_id': requestId,
      'webex_gateway.outcome': 'applied',
      'webex_gateway.tracking_id': second.attributes['webex_gateway.tracking_id'],
      'webex_gateway.attempts': 2,
    });
    const all = JSON.stringify(spans.map(({begun, ...span}) => span)) + JSON.stringify(about);
    for (const personal of [...Object.values(example), 'sandbox-token']) assert.ok(!all.includes(personal), personal);

    const log = gateway.log();
    assert.equal(log.find(({event}) => event === 'answer').span_id, call.id);
    assert.ok(!gateway.output.includes('Bearer'));
    assert.match(gateway.output, /spans to 127\.0\.0\.1:/);
  });
});

test('follows the caller\'s decision, and begins recorded traces of its own', async () => {
  await withAll({OTEL_BSP_SCHEDULE_DELAY: '50'}, async (gateway, sandbox, receiver) => {
    const notSampled = {metadata: metadata({traceparent: `00-${traceId}-${callersSpan}-00`})};
    assert.equal((await gateway.provision(example, notSampled)).code, 'OK');
    assert.equal((await gateway.provision({...example, userId: 'b@sp.com'})).code, 'OK');
    await receiver.received(1);
    assert.equal(await gateway.stop(), 0);
    const [call] = byName(receiver.spans, callName);
    assert.equal(receiver.spans.length, 4);
    assert.notEqual(call.traceId, traceId);
    assert.equal(call.parent, '');
    const flags = (await sandbox.attempts()).map(({traceparent}) => traceparent.slice(-2));
    assert.deepEqual(flags, ['00', '01']);
  });
});

test('records nothing where the sampler says so, and tells Webex', async () => {
  await withAll({OTEL_TRACES_SAMPLER: 'always_off'}, async (gateway, sandbox, receiver) => {
    assert.equal((await gateway.provision(example, sampled())).code, 'OK');
    assert.equal(await gateway.stop(), 0);
    assert.deepEqual(receiver.requests, []);
    assert.match((await sandbox.attempts())[0].traceparent, /-00$/);
  });
});

test('a collector that hangs holds no order and no stop up; what finds no place is counted', async () => {
  const env = {
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_BSP_MAX_QUEUE_SIZE: '4',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
  };
  await withAll(env, async (gateway, sandbox, receiver) => {
    receiver.answer = () => {};
    for (let i = 0; i < 4; ++i) {
      assert.equal((await gateway.provision({...example, userId: `${i}@sp.com`}, sampled())).code, 'OK');
    }
    await receiver.received(1);
    const metrics = await gateway.metrics();
    // Of 16 spans at most 4 are under way and 4 wait.
    assert.ok(metrics.get('webex_gateway_spans_dropped_total{cause="queue_full"}') >= 8);
    assert.equal(metrics.get('webex_gateway_spans_exported_total'), 0);
    const begun = Date.now();
    assert.equal(await gateway.stop(), 0);
    assert.ok(Date.now() - begun < 5_000);
    assert.equal(gateway.log().filter(({message}) => /^OTLP: spans are dropped/.test(message)).length, 1);
  });
});

test('takes up again with a collector that comes back, and tells each once', async () => {
  await withAll({OTEL_BSP_SCHEDULE_DELAY: '10'}, async (gateway, sandbox, receiver) => {
    receiver.answer = (call, done) => done({code: grpc.status.UNAVAILABLE, details: 'not yet'});
    assert.equal((await gateway.provision(example, sampled())).code, 'OK');
    await receiver.received(2);
    receiver.answer = (call, done) => {
      receiver.answer = (call, done) => done(null, {});
      done(null, {partialSuccess: {rejectedSpans: 1, errorMessage: 'too old'}});
    };
    await gateway.line(/the collector rejects 1 of \d spans: too old/);
    const {output} = gateway;
    assert.equal(output.match(/spans cannot be exported: UNAVAILABLE: not yet/g).length, 1);
    assert.equal(output.match(/spans are exported again/g).length, 1);
    const metrics = await gateway.metrics();
    assert.equal(metrics.get('webex_gateway_spans_dropped_total{cause="refused"}'), 1);
  });
});

test('speaks TLS by https, with the certificate that is given', async () => {
  const directory = temporaryDirectory();
  const collector = path.join(directory, 'collector');
  makeCertificate(collector, 'server', {names: 'DNS:localhost'});
  const pair = {cert_chain: fs.readFileSync(`${collector}.crt`), private_key: fs.readFileSync(`${collector}.key`)};
  const receiver = await Receiver.start(grpc.ServerCredentials.createSsl(null, [pair]));
  receiver.url = `https://localhost:${receiver.port}`;
  await withAll({OTEL_EXPORTER_OTLP_CERTIFICATE: `${collector}.crt`}, async gateway => {
    assert.equal((await gateway.provision(example, sampled())).code, 'OK');
    assert.equal(await gateway.stop(), 0, gateway.output);
    assert.equal(byName(receiver.spans, callName).length, 1);
  }, receiver);
  fs.rmSync(directory, {recursive: true});
});

test('does not start with variables that cannot be used, and names each', async () => {
  const env = {
    ...token,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/v1/traces',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_BSP_MAX_QUEUE_SIZE: 'many',
  };
  const {code, stderr} = await webexGateway(['--ledger=none', '--listen=127.0.0.1:0', '--admin_listen='], {env});
  assert.equal(code, 2);
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_BSP_MAX_QUEUE_SIZE']) {
    assert.match(stderr, new RegExp(`webex-gateway: ${name}: '`));
  }
});
