'use strict';
// The commands and programs in the README of client/examples, against a real gateway: each orders, repeats, and reads
// every kind of error.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const {randomUUID} = require('node:crypto');
const http2 = require('node:http2');
const {Sandbox, Gateway} = require('../../e2e/harness.js');
const {build} = require('./workshop.js');

// Two are built at a time, in about the same time: these, one after the other, in parallel with the others.
const lanes = [['Go', 'Java', 'TypeScript'], ['C++', 'Python', 'Node']];

/** A proxy's answer for a gateway that it cannot reach: an error without details. Keeps the deadlines of calls. */
class Proxy {
  static async start() {
    const proxy = new Proxy();
    proxy.timeouts = [];
    proxy.server = http2.createServer();
    proxy.server.on('stream', (stream, headers) => {
      proxy.timeouts.push(headers['grpc-timeout']);
      stream.respond({':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14'}, {endStream: true});
    });
    await new Promise(resolve => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.address = `127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  stop() {
    this.server.close();
  }
}

/** gRPC's form of a timeout, in seconds. */
function seconds(timeout) {
  const units = {H: 3600, M: 60, S: 1, m: 1e-3, u: 1e-6, n: 1e-9};
  return parseInt(timeout) * units[timeout.at(-1)];
}

let sandbox;
let gateway;
let proxy;
const callers = new Map();  // by language: the promise of a caller

before(async () => {
  for (const lane of lanes) {
    let before = Promise.resolve();
    for (const language of lane) {
      const caller = before.then(() => build(language));
      before = caller.catch(() => {});  // its callers see the error
      callers.set(language, caller);
    }
  }
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox);
  proxy = await Proxy.start();
});
after(async () => {
  proxy?.stop();
  await gateway?.stop();
  await sandbox?.stop();
});

for (const language of lanes.flat()) {
  test(`${language}: the example is generated, built, and knows what became of its order`, async () => {
    const call = await callers.get(language);
    const calls = async (address, user, requestId, code, stdout) => {
      const ended = await call(address, user, requestId);
      assert.match(ended.stdout, stdout, ended.stderr);
      assert.equal(ended.code, code, ended.stderr);
      return ended.stdout;
    };
    const user = `${language}@sp.com`;
    const id = randomUUID();
    const first = await calls(gateway.address, user, id, 0, /^provisioned \S+\n$/);
    const again = await calls(gateway.address, user, id, 0, /^provisioned \S+\n$/);
    assert.equal(again, first);
    assert.equal((await sandbox.workspacesOf(user)).length, 1);

    await calls(gateway.address, user, 'no UUID', 1, /^INVALID_REQUEST: not_applied\n$/);
    await sandbox.fault({kind: 'close', when: 'after'});
    await calls(gateway.address, `lost-${user}`, randomUUID(), 1, /^WEBEX_ANSWER_LOST: unknown\n$/);
    await calls(proxy.address, user, id, 1, /^no ErrorInfo: unknown\n$/);
    const deadline = seconds(proxy.timeouts.at(-1));
    // gRPC for C++ sends tenths of a second, rounded up.
    assert.ok(deadline > 20 && deadline <= 30.1, `a deadline of ${deadline} s`);
  });
}
