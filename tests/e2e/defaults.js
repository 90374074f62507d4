'use strict';
// Usage: defaults.js hold|release STATE_FILE
// While the end-to-end tests run, everything that the programs' defaults name is occupied: so a test that relies on a
// default fails here as it would on a machine where a gateway runs. `hold` takes the ports and locks the ledger, in a
// separate process, and records the content of the folders; `release` ends it, and fails if a test has left something
// there.

const {fork, spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const ports = [50051, 9464, 8080];
const folders = ['/var/lib/webex-gateway', '/etc/webex-gateway'];
const ledger = path.join(folders[0], 'ledger.db');
const longest = 3_600_000;  // nobody releases it after an aborted run

const contents = () =>
    Object.fromEntries(folders.map(folder => [folder, fs.existsSync(folder) ? fs.readdirSync(folder).sort() : null]));

// A port that another process uses is occupied, too.
const take = port => new Promise((resolve, reject) => {
  const server = net.createServer(socket => socket.destroy());
  server.on('error', error => error.code === 'EADDRINUSE' ? resolve() : reject(error));
  server.listen(port, '127.0.0.1', resolve);
});

// Locks it like gateways do. Also resolves if a gateway has it.
const lock = file => new Promise(resolve => {
  const holder = spawn(
      'flock', ['--nonblock', '--no-fork', file, 'sh', '-c', `echo locked; exec sleep ${longest / 1000}`],
      {stdio: ['ignore', 'pipe', 'ignore']});
  process.on('exit', () => holder.kill());
  holder.stdout.on('data', resolve);
  holder.on('exit', resolve);
});

const isHolder = pid => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(__filename);
  } catch {
    return false;
  }
};

/** Ends the holder of an earlier `hold`, if there is one, and returns what that recorded. */
function end(file) {
  if (!fs.existsSync(file)) return null;
  const {pid, before} = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (isHolder(pid)) process.kill(pid);
  fs.rmSync(file);
  return before;
}

const commands = {
  hold(file) {
    end(file);
    // It outlives this process, and so must not have its streams: ctest would wait for their end.
    const holder = fork(__filename, ['serve', file], {detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc']});
    holder.on('message', fault => {
      if (fault) throw new Error(fault);
      fs.writeFileSync(file, JSON.stringify({pid: holder.pid, before: contents()}));
      process.exit();
    });
  },

  async serve() {
    process.on('SIGTERM', () => process.exit());
    setTimeout(() => process.exit(), longest);
    const tell = fault => process.send(fault, () => process.disconnect());
    try {
      await Promise.all(ports.map(take));
      if (fs.existsSync(ledger)) await lock(ledger);
      tell('');
    } catch (error) {
      tell(String(error));
      process.exitCode = 1;
    }
  },

  release(file) {
    const before = end(file);
    if (before === null) throw new Error('nothing was held');
    const after = contents();
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    throw new Error(`a test has written to a default path: before ${JSON.stringify(before)}, now ${JSON.stringify(after)}`);
  },
};

const [command, file] = process.argv.slice(2);
commands[command](file);
