'use strict';
// Usage: defaults.js hold|release STATE_FILE
// While the end-to-end tests run, everything that the programs' defaults name is taken: so a test that leaves a default in
// place fails here as it would on a machine where a gateway runs. `hold` takes the ports and locks the ledger, in a process
// of its own, and notes what is in the folders; `release` ends it, and fails where a test has left something in these.

const {fork, spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const ports = [50051, 9464, 8080];
const folders = ['/var/lib/webex-gateway', '/etc/webex-gateway'];
const ledger = path.join(folders[0], 'ledger.db');
const longest = 3_600_000;  // of a run that was broken off nobody releases it

const contents = () =>
    Object.fromEntries(folders.map(folder => [folder, fs.existsSync(folder) ? fs.readdirSync(folder).sort() : null]));

// What somebody else has is taken, too.
const take = port => new Promise((resolve, reject) => {
  const server = net.createServer(socket => socket.destroy());
  server.on('error', error => error.code === 'EADDRINUSE' ? resolve() : reject(error));
  server.listen(port, '127.0.0.1', resolve);
});

// As gateways lock it. Resolves too where one of them has it.
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

/** Ends the holder of an earlier `hold`, if there is one, and gives back what that noted. */
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
    // It outlives this process, and so has none of its streams: ctest would wait for their end.
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
