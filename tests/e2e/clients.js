'use strict';
// Third-party gRPC clients behind one interface: each takes the same calls, with the same retry policy.

const {spawn} = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');
const {grpc, contract, answerOf, Gateway} = require('./harness.js');

/** As platforms set it for all methods of a service. */
const retryPolicy = Object.freeze({
  methodConfig: [{
    name: [{service: 'webex.broadworks.v1.WorkspaceService'}],
    retryPolicy: {
      maxAttempts: 5,
      initialBackoff: '0.1s',
      maxBackoff: '1s',
      backoffMultiplier: 2,
      retryableStatusCodes: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'ABORTED'],
    },
  }],
});

const methodOf = name => contract.webex.broadworks.v1.WorkspaceService.service[name];

class GrpcJs {
  constructor(address, {serviceConfig, gzip}) {
    this.channel = new grpc.Client(address, grpc.credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.default_compression_algorithm': gzip ? grpc.compressionAlgorithms.gzip : grpc.compressionAlgorithms.identity,
      ...(serviceConfig ? {'grpc.service_config': JSON.stringify(serviceConfig)} : {'grpc.enable_retries': 0}),
    });
  }

  call(name, order, {metadata = [], timeout = 20, waitForReady = false} = {}) {
    const all = new grpc.Metadata({waitForReady});
    for (const [key, value] of metadata) all.add(key, value);
    const method = methodOf(name);
    return Gateway.prototype.call(
        method.path, method.requestSerialize(order), method.responseDeserialize,
        {channel: this.channel, metadata: all, deadline: Date.now() + 1000 * timeout});
  }

  async close() {
    this.channel.close();
  }
}

/** grpcio from Debian's python3-grpcio, in its own process. */
class Grpcio {
  constructor(address, {serviceConfig = null, gzip = false}, api) {
    const settings = JSON.stringify({address, api, serviceConfig, gzip});
    const program = path.join(__dirname, 'grpcio_caller.py');
    this.process = spawn('/usr/bin/python3', [program, settings], {stdio: ['pipe', 'pipe', 'inherit']});
    this.ended = new Promise(resolve => this.process.on('close', resolve));
    this.waiting = new Map();
    this.calls = 0;
    readline.createInterface({input: this.process.stdout}).on('line', line => this.take(JSON.parse(line)));
    this.ended.then(code => {
      for (const {reject} of this.waiting.values()) reject(new Error(`grpcio_caller.py ended with ${code}`));
    });
  }

  call(name, order, {metadata = [], timeout = 20, waitForReady = false} = {}) {
    const method = methodOf(name);
    const id = ++this.calls;
    const bytes = method.requestSerialize(order).toString('base64');
    this.process.stdin.write(JSON.stringify({id, method: method.path, bytes, metadata, timeout, waitForReady}) + '\n');
    return new Promise((resolve, reject) => this.waiting.set(id, {resolve, reject, method}));
  }

  take({id, code, message, trailers, answer}) {
    const {resolve, method} = this.waiting.get(id);
    this.waiting.delete(id);
    const metadata = new grpc.Metadata();
    for (const [key, value] of trailers) {
      const bytes = Buffer.from(value, 'base64');
      metadata.add(key, key.endsWith('-bin') ? bytes : bytes.toString());
    }
    const value = answer === null ? undefined : method.responseDeserialize(Buffer.from(answer, 'base64'));
    resolve({value, ...answerOf({code: grpc.status[code], details: message, metadata})});
  }

  async close() {
    this.process.stdin.end();
    await this.ended;
  }
}

// Without a policy no client repeats anything, not even requests that never left, so that a test sees every fault.

/** By name, how each is created: from an address and {serviceConfig, gzip}. */
const clients = Object.freeze({
  'grpc-js': (address, options = {}) => new GrpcJs(address, options),
  'grpcio': (address, options = {}) => new Grpcio(address, options, 'sync'),
  'grpcio aio': (address, options = {}) => new Grpcio(address, options, 'aio'),
});

module.exports = {clients, retryPolicy};
