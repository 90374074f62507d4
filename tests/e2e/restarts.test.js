'use strict';
// What real third-party clients see of a gateway that is restarted again and again.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const {clients, retryPolicy} = require('./clients.js');
const {newOrder, Sandbox, Gateway, temporaryDirectory} = require('./harness.js');

/** A gateway that is restarted on its port and ledger whenever it has stopped. */
class Restarting {
  constructor(upstream) {
    this.upstream = upstream;
    this.ledger = path.join(temporaryDirectory(), 'ledger.db');
    // On an address that no other test uses, so that the port stays free.
    this.listen = '127.0.77.1:0';
  }
  async start() {
    this.gateway = await Gateway.start(this.upstream, [`--listen=${this.listen}`, `--ledger=sqlite:${this.ledger}`]);
    this.listen = `127.0.77.1:${this.gateway.address.split(':')[1]}`;
  }
  async restart() {
    assert.equal(await this.gateway.stop(), 0);
    await this.start();
  }
}

/** This many callers that order one workspace after the other, until they are stopped; returns the number of each answer. */
function orderWithoutEnd(client, callers) {
  const counts = {};
  let ended = false;
  const oneAfterTheOther = async () => {
    while (!ended) {
      const {code, message, info} = await client.call('ProvisionWorkspace', newOrder(), {waitForReady: true, timeout: 120});
      const word = info.reason ?? (code === 'OK' ? code : `${code}: ${message}`);
      counts[word] = (counts[word] ?? 0) + 1;
    }
  };
  const done = Promise.all(Array.from({length: callers}, oneAfterTheOther));
  return {
    async end() {
      ended = true;
      await done;
      return counts;
    }
  };
}

for (const [words, serviceConfig, expected] of [
  ['without a retry policy no call ends but with GATEWAY_STOPPING', undefined, ['GATEWAY_STOPPING', 'OK']],
  ['with a retry policy every call is carried out', retryPolicy, ['OK']],
]) {
  test(`8 restarts under 40 callers of each client: ${words}`, async () => {
    const slow = await Sandbox.start('--latency=20ms');
    const restarting = new Restarting(slow);
    await restarting.start();
    const all = Object.values(clients).map(make => make(restarting.listen, {serviceConfig}));
    try {
      const ordering = all.map(client => orderWithoutEnd(client, 40));
      for (let i = 0; i < 8; ++i) {
        await slow.received((await slow.stats()).postsReceived + 200);
        await restarting.restart();
      }
      await slow.received((await slow.stats()).postsReceived + 200);
      const counts = await Promise.all(ordering.map(each => each.end()));
      console.log(JSON.stringify(counts));
      for (const each of counts) assert.deepEqual(Object.keys(each).filter(word => !expected.includes(word)), []);
      // Some caller met each end.
      for (const word of expected) assert.ok(counts.some(each => each[word] > 0), `nobody got ${word}`);
    } finally {
      for (const client of all) await client.close();
      await restarting.gateway.stop();
      await slow.stop();
    }
  });
}
