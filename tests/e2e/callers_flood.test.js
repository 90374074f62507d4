'use strict';
// Hostile or broken callers flood the socket, and the others do not notice: an honest caller orders meanwhile, and each
// of its orders is carried out in time; and newcomers can connect.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const {once} = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {Worker} = require('node:worker_threads');
const {attacks, connectTo, hello} = require('./attacker.js');
const {example, Sandbox, Gateway} = require('./harness.js');

const MiB = 1 << 20;

let sandbox;
let gateway;

before(async () => {
  sandbox = await Sandbox.start();
  // Freed memory that a sanitizer retains would be counted.
  const env = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token', ASAN_OPTIONS: 'quarantine_size_mb=1'};
  gateway = await Gateway.start(sandbox, [], env);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});

let orders = 0;
const order = () => gateway.provision({...example, userId: `${++orders}@sp.com`});

/** Connects, and waits for the gateway's first frame. */
async function arrive() {
  const socket = connectTo(gateway.address, hello());
  await once(socket, 'data');
  socket.destroy();
}

/** Repeats something until `stop` is called; returns the results, and the longest and the 99th percentile of the waits. */
function repeat(deed) {
  let ended = false;
  const results = [];
  const waits = [];
  const done = (async () => {
    while (!ended) {
      const begun = Date.now();
      results.push(await deed());
      waits.push(Date.now() - begun);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      ended = true;
      await done;
      waits.sort((a, b) => a - b);
      return {results, longest: waits.at(-1), p99: waits[Math.floor(0.99 * waits.length)]};
    }
  };
}

function use() {
  const status = fs.readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
  const bytes = line => Number(status.match(new RegExp(`${line}:\\s+(\\d+) kB`))[1]) * 1024;
  return {memory: bytes('VmRSS'), peak: bytes('VmHWM'), descriptors: fs.readdirSync(`/proc/${gateway.process.pid}/fd`).length};
}

/** The resources in use once no extra descriptor is left, at most 15 s later. */
async function leftBehind(idle) {
  for (const limit = Date.now() + 15_000;; await sleep(50)) {
    const now = use();
    if (now.descriptors <= idle.descriptors + 5) return now;
    assert.ok(Date.now() < limit, `${now.descriptors} descriptors, ${idle.descriptors} before`);
  }
}

const attackFor = 1000;
const isHeaders = attack => / without end|^headers/.test(attack);
// Attacks whose connections the gateway ends.
const isEnded = attack => isHeaders(attack) || attack.startsWith('streams reset');
// The memory that the gateway may use beyond its idle state; RPCs and headers cost several times as much with a
// sanitizer.
const growth = attack => (isEnded(attack) ? 600 : 200) * MiB;
const floodsEnded = async () => (await gateway.metrics()).get('webex_gateway_floods_ended_total');

for (const attack of attacks) {
  test(`others are served under ${attack}`, async () => {
    assert.equal((await order()).code, 'OK');
    fs.writeFileSync(`/proc/${gateway.process.pid}/clear_refs`, '5');  // the peak from now on
    const idle = use();
    const floodsBefore = await floodsEnded();
    const attacker = new Worker(path.join(__dirname, 'attacker.js'), {workerData: {attack, address: gateway.address}});
    await new Promise(resolve => attacker.once('message', resolve));
    const caller = repeat(order);
    const newcomers = repeat(arrive);
    await sleep(isHeaders(attack) ? 3000 : attackFor);
    const during = use();
    const {results: answers, longest, p99} = await caller.stop();
    const {results: arrivals, longest: longestWay} = await newcomers.stop();
    await attacker.terminate();
    for (const answer of answers) assert.equal(answer.code, 'OK', answer.message);
    const left = await leftBehind(idle);
    const mib = use => (use.memory / MiB).toFixed(0);
    console.log(`${attack}: ${answers.length} orders, p99 ${p99} ms, the longest ${longest} ms; ${arrivals.length} newcomers, ${longestWay} ms; memory ${mib(idle)}, ${mib(during)}, ${mib(left)} ` +
        `MiB, at most ${(during.peak / MiB).toFixed(0)}; descriptors ${idle.descriptors}, ${during.descriptors}, ${left.descriptors}`);
    assert.ok(longest < 20_000, `${longest} ms`);
    assert.ok(longestWay < 10_000, `${longestWay} ms to connect`);
    assert.ok(during.peak < idle.memory + growth(attack), `${during.peak} bytes, ${idle.memory} before`);
    if (isEnded(attack)) assert.ok(await floodsEnded() > floodsBefore);
    assert.ok(left.memory < idle.memory + growth(attack), `${left.memory} bytes, ${idle.memory} before`);
  });
}
