'use strict';
// HTTP/2 sessions that were valid until they were damaged: the gateway survives, an honest caller orders meanwhile, and
// their resources are released.
//
// WEBEX_FUZZ_FRAMES sets how many damaged frames are sent (2,000; the long form is 100,000, with the release programs in
// WEBEX_BIN), WEBEX_FUZZ_SEED the random sequence.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const {setTimeout: sleep} = require('node:timers/promises');
const {connectTo, frame, hello, messageHead, rpcHeaders, setting} = require('./attacker.js');
const {contract, example, Sandbox, Gateway} = require('./harness.js');

const frames = Number(process.env.WEBEX_FUZZ_FRAMES ?? 2000);
const seed = Number(process.env.WEBEX_FUZZ_SEED ?? 1);
const framesOfSession = 4;  // usually one of the first ends it
const sessionsAtOnce = 8;
const MiB = 1 << 20;

/** Numbers below `bound`, the same for each seed (xorshift32). */
function drawFrom(seed) {
  let state = (seed * 2654435761 | 0) || 1;
  return bound => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const method = contract.webex.broadworks.v1.WorkspaceService.service.ProvisionWorkspace;
const order = number => {
  const message = method.requestSerialize({...example, userId: `damaged-${number}@sp.com`});
  return Buffer.concat([messageHead(message.length), message]);
};
const calls = [
  () => ['/grpc.health.v1.Health/Check', messageHead(0)],
  () => ['/grpc.health.v1.Health/Watch', messageHead(0)],
  () => ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', Buffer.concat([messageHead(2), Buffer.from([0x3a, 0])])],
  draw => [method.path, order(draw(1000))],
];
const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] =
    Array.from({length: 10}, (_, type) => type);
const [END_STREAM, END_HEADERS] = [1, 4];

/** Some frames of a valid session. */
function rightFrames(draw, stream) {
  const [path, message] = calls[draw(calls.length)](draw);
  const block = rpcHeaders(path);
  const cut = draw(block.length);
  const number = value => (buffer => (buffer.writeUInt32BE(value), buffer))(Buffer.alloc(4));
  switch (draw(6)) {
    case 0: return [frame(PING, 0, 0, Buffer.alloc(8))];
    case 1: return [frame(SETTINGS, 0, 0, setting(1 + draw(6), 16384 + draw(50000)))];
    case 2: return [frame(WINDOW_UPDATE, 0, draw(2) && stream, number(1 + draw(1 << 20)))];
    case 3: return [frame(HEADERS, END_HEADERS, stream, block), frame(RST_STREAM, 0, stream, number(8))];
    case 4: return [
      frame(HEADERS, 0, stream, block.subarray(0, cut)), frame(CONTINUATION, END_HEADERS, stream, block.subarray(cut)),
      frame(DATA, END_STREAM, stream, message)
    ];
    default: return [frame(HEADERS, END_HEADERS, stream, block), frame(DATA, END_STREAM, stream, message)];
  }
}

const odd = [0, 1, 9, 127, 128, 255, 16384, 16385, 65535, 0x7fffffff, 0x80000000, 0xffffffff];
/** Each damages a frame; the result may be one or several frames, or part of one. */
const damages = [
  (bytes, draw) => (bytes[draw(bytes.length)] ^= 1 << draw(8), bytes),
  (bytes, draw) => (bytes[draw(bytes.length)] = draw(256), bytes),
  (bytes, draw) => (bytes.writeUIntBE(odd[draw(odd.length)] & 0xffffff, 0, 3), bytes),  // the length
  (bytes, draw) => (bytes[3] = [PRIORITY, PUSH_PROMISE, GOAWAY, draw(256), draw(10)][draw(5)], bytes),
  (bytes, draw) => (bytes[4] = draw(256), bytes),  // the flags
  (bytes, draw) => (bytes.writeUInt32BE(odd[draw(odd.length)], 5), bytes),  // the stream
  (bytes, draw) => (bytes.length > 9 && bytes.fill(draw(256), 9 + draw(bytes.length - 9)), bytes),
  (bytes, draw) => bytes.subarray(0, draw(bytes.length)),
  (bytes, draw) => Buffer.concat(Array(2 + draw(50)).fill(bytes)),
  (bytes, draw) => Buffer.concat([bytes, Buffer.from(Array.from({length: draw(200)}, () => draw(256)))]),
  (bytes, draw) => frame(bytes[3], bytes[4], bytes.readUInt32BE(5) & 0x7fffffff, Buffer.alloc(draw(40000), draw(256))),
];

/** The bytes of a session: valid at first, with this many damaged frames. */
function damagedSession(draw) {
  const pieces = [draw(20) === 0 ? damages[draw(2)](hello(), draw) : hello()];
  for (let damaged = 0, stream = 1; damaged < framesOfSession; stream += 2) {
    for (const right of rightFrames(draw, stream)) {
      // The first calls succeed, so that there is something to damage.
      if (stream < 5 || damaged === framesOfSession || draw(3) === 0) {
        pieces.push(right);
      } else {
        pieces.push(damages[draw(damages.length)](Buffer.from(right), draw));
        ++damaged;
      }
    }
  }
  return pieces;
}

const lastPing = Buffer.from('the last');

/**
 * Sends it piece by piece, as long as the gateway accepts it, and waits until the gateway has reached the end: it
 * answers a ping, or has ended the connection, or is still waiting for the rest of a frame. Returns whether it ended
 * the connection.
 */
async function send(address, pieces) {
  const socket = connectTo(address);
  const closed = new Promise(resolve => socket.once('close', () => resolve(true)));
  const answered = new Promise(resolve => socket.on('data', data => data.includes(lastPing) && resolve(false)));
  for (const piece of [...pieces, frame(PING, 0, 0, lastPing)]) {
    await Promise.race([closed, new Promise(resolve => socket.write(piece, resolve))]);
  }
  const ended = await Promise.race([closed, answered, sleep(1000, false)]);
  socket.destroy();
  return ended;
}

function use(gateway) {
  const at = `/proc/${gateway.process.pid}`;
  const resident = Number(fs.readFileSync(`${at}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) * 1024;
  return {resident, descriptors: fs.readdirSync(`${at}/fd`).length};
}

test(`lives through ${frames} damaged frames (WEBEX_FUZZ_SEED=${seed}), beside an honest caller`, async () => {
  const sandbox = await Sandbox.start();
  // Freed memory that a sanitizer retains would be counted.
  const env = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token', ASAN_OPTIONS: 'quarantine_size_mb=1'};
  const gateway = await Gateway.start(sandbox, [], env);
  gateway.forgetOutput();
  try {
    let orders = 0;
    const waits = [];
    const orderOne = async () => {
      const begun = Date.now();
      const answer = await gateway.provision({...example, userId: `honest-${++orders}@sp.com`});
      assert.equal(answer.code, 'OK', answer.message);
      waits.push(Date.now() - begun);
    };
    await orderOne();
    const idle = use(gateway);

    let left = Math.ceil(frames / framesOfSession);
    let sessions = 0;
    let ended = 0;
    const attack = async lane => {
      const draw = drawFrom(seed * sessionsAtOnce + lane);
      for (; left > 0; ++sessions) {
        --left;
        if (await send(gateway.address, damagedSession(draw))) ++ended;
      }
    };
    let over = false;
    const honest = (async () => {
      for (; !over; await sleep(5)) await orderOne();
    })();
    await Promise.all([honest, Promise.all(Array.from({length: sessionsAtOnce}, (_, lane) => attack(lane))).then(() => (over = true))]);

    let after = use(gateway);
    for (const limit = Date.now() + 30_000; after.descriptors > idle.descriptors + 5; after = use(gateway)) {
      assert.ok(Date.now() < limit, `${after.descriptors} descriptors, ${idle.descriptors} before`);
      await sleep(50);
    }
    waits.sort((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)];
    console.log(`${sessions} sessions, of which the gateway ended ${ended}; ${waits.length} orders, p99 ${p99} ms, the longest ` +
        `${waits.at(-1)} ms; memory ${(idle.resident / MiB).toFixed(0)} and ${(after.resident / MiB).toFixed(0)} MiB`);
    assert.ok(ended > sessions / 10, `only ${ended} of ${sessions} were damaged enough to be ended`);
    assert.ok(after.resident < idle.resident + 150 * MiB, `${after.resident} bytes, ${idle.resident} before`);
    await orderOne();
    assert.equal(await gateway.stop(), 0);
  } finally {
    await gateway.stop();
    await sandbox.stop();
  }
});
