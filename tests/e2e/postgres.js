'use strict';
// A PostgreSQL server for one test, on a unix socket, without a password.

const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {temporaryDirectory} = require('./harness.js');

const installed = '/usr/lib/postgresql';
const programs = fs.existsSync(installed) ? fs.readdirSync(installed).sort((a, b) => b - a).map(name => path.join(installed, name, 'bin')) : [];

/** The user who runs it: PostgreSQL refuses root. */
function user() {
  if (process.getuid() !== 0) return {};
  const id = option => Number(execFileSync('id', [option, 'postgres']));
  return {uid: id('-u'), gid: id('-g')};
}

class Postgres {
  static async start() {
    if (programs.length === 0) throw new Error(`no PostgreSQL in ${installed} (Debian: apt-get install postgresql)`);
    const server = new Postgres();
    server.folder = temporaryDirectory();
    const {uid, gid} = user();
    if (uid) fs.chownSync(server.folder, uid, gid);
    const data = path.join(server.folder, 'data');
    const options = {uid, gid, cwd: server.folder, stdio: 'pipe'};
    const initdb = ['--pgdata', data, '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync', '--auth=trust'];
    execFileSync(path.join(programs[0], 'initdb'), initdb, options);
    server.process = spawn(path.join(programs[0], 'postgres'), ['-D', data, '-k', server.folder, '-c', 'listen_addresses='], options);
    server.exited = new Promise(resolve => server.process.on('close', resolve));
    await new Promise((resolve, reject) => {
      let output = '';
      server.exited.then(() => reject(new Error(`PostgreSQL ended: ${output}`)));
      server.process.stderr.on('data', chunk => {
        output += chunk;
        if (output.includes('ready to accept connections')) resolve();
      });
    });
    server.url = `postgresql://postgres@/postgres?host=${server.folder}`;
    return server;
  }

  query(sql) {
    return execFileSync(path.join(programs[0], 'psql'), ['-XAtq', '-v', 'ON_ERROR_STOP=1', this.url, '-c', sql], {encoding: 'utf8'}).trim();
  }

  async stop() {
    this.process.kill('SIGQUIT');
    await this.exited;
    fs.rmSync(this.folder, {recursive: true});
  }
}

module.exports = {Postgres};
