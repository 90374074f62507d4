'use strict';
// The gateway's memory while every order in flight meets an answer that never ends.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const {example, Gateway} = require('./harness.js');

const inFlight = 64;
const MiB = 1 << 20;

/** Answers orders like Webex until it must flood: then it waits for that many and sends `head` and endless `x`. */
class FloodingWebex {
  static async start() {
    const webex = new FloodingWebex();
    webex.sockets = new Set();
    webex.held = [];
    webex.server = net.createServer(socket => webex.serve(socket));
    await new Promise(resolve => webex.server.listen(0, '127.0.0.1', resolve));
    webex.url = `http://127.0.0.1:${webex.server.address().port}`;
    return webex;
  }

  serve(socket) {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let seen = '';
    socket.on('data', data => {
      seen += data;
      if (!seen.endsWith('}')) return;
      seen = '';
      if (!this.head) return void socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      this.held.push(socket);
      if (this.held.length === inFlight) this.held.forEach(each => this.flood(each));
    });
  }

  flood(socket) {
    const piece = Buffer.alloc(64 << 10, 'x');
    const pour = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.write(this.head);
    socket.on('drain', pour);
    pour();
  }

  stop() {
    this.sockets.forEach(socket => socket.destroy());
    return new Promise(resolve => this.server.close(resolve));
  }
}

/** A line of /proc/<pid>/status, in bytes. */
function memory(gateway, line) {
  const status = fs.readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(status.match(new RegExp(`${line}:\\s+(\\d+) kB`))[1]) * 1024;
}

const floods = {
  'a chunk of two gigabytes': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n',
  'a header line without end': 'HTTP/1.1 200 OK\r\nName: ',
  'a status line without end': 'HTTP/1.1 200 ',
  'a body without end': 'HTTP/1.1 200 OK\r\n\r\n',
};
for (const [name, head] of Object.entries(floods)) {
  test(`holds no more than its bound of ${name}, ${inFlight} times at once`, async () => {
    const webex = await FloodingWebex.start();
    // Freed memory that a sanitizer retains would be counted.
    const env = {WEBEX_GATEWAY_WEBEX_TOKEN: 'token', ASAN_OPTIONS: 'quarantine_size_mb=1'};
    const gateway = await Gateway.start(webex, [`--max_upstream_calls=${inFlight}`], env);
    try {
      const order = i => gateway.provision({...example, userId: `user-${i}`});
      assert.equal((await order(0)).code, 'OK');
      const idle = memory(gateway, 'VmRSS');
      webex.head = head;
      const answers = await Promise.all(Array.from({length: inFlight}, (_, i) => order(i + 1)));
      for (const answer of answers) {
        assert.equal(answer.info.reason, 'WEBEX_ANSWER_LOST');
        assert.equal(answer.outcome, 'unknown');
      }
      // An answer's own limit is 1 MiB plus its headers'; it is stored twice while it is passed on.
      const peak = memory(gateway, 'VmHWM');
      console.log(`${name}: idle ${(idle / MiB).toFixed(1)} MiB, peak ${(peak / MiB).toFixed(1)} MiB`);
      assert.ok(peak <= 2 * idle + inFlight * 2 * MiB, `peak ${peak}, idle ${idle}`);
    } finally {
      await gateway.stop();
      await webex.stop();
    }
  });
}
