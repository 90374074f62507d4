'use strict';
// Runs the built gateway with --check_config and the arguments from a manifest or a unit, in a folder that replaces the
// file systems that it would find there.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {makeCertificate} = require('../../e2e/certificates.js');

/** A duration such as 35s or 1m30s in seconds; NaN if it is invalid. */
function secondsOf(duration = '') {
  const unit = {h: 3600, m: 60, s: 1, ms: 0.001};
  if (!/^([\d.]+(ms|h|m|s))+$/.test(duration)) return NaN;
  return [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce((sum, [, number, name]) => sum + number * unit[name], 0);
}

class Gateway {
  constructor(bin) {
    this.program = path.join(bin, 'webex-gateway');
  }

  /**
   * The faults of these arguments, '' if there are none; and the most seconds that a stop takes with them, NaN if there
   * are faults. `mounts` are the existing folders: {path, secret}. Files are created only in those with a secret, and
   * only if a flag names them; the others are empty and writable.
   */
  check(args, mounts) {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'webex-gateway-'));
    try {
      for (const mount of mounts) fs.mkdirSync(path.join(root, mount.path), {recursive: true});
      const moved = args.map(arg => this.#move(arg, mounts, root));
      const run = spawnSync(this.program, ['--check_config', ...moved], {env: {}, encoding: 'utf8', timeout: 60_000});
      if (run.status === 0) return {faults: '', stopSeconds: secondsOf(run.stdout.match(/a stop takes at most (\S+)/)?.[1])};
      return {faults: `--check_config exits with ${run.status ?? run.signal}: ${run.stderr}`, stopSeconds: NaN};
    } catch (error) {
      return {faults: error.message, stopSeconds: NaN};
    } finally {
      fs.rmSync(root, {recursive: true});
    }
  }

  /** The most seconds that a stop takes after the drain, according to --help. */
  secondsAfterDrain() {
    const {stdout} = spawnSync(this.program, ['--help'], {env: {}, encoding: 'utf8', timeout: 60_000});
    return secondsOf(stdout.match(/--drain_delay \+ --drain_timeout \+ (\S+)\.\n/)?.[1]);
  }

  // A path begins after "=" or ":"; a URL has its host before the path.
  #move(arg, mounts, root) {
    return arg.replace(/(?<=[=:])\/[^/,&][^,&]*/g, file => {
      const mount = mounts.find(({path: folder}) => file.startsWith(folder + '/'));
      if (!mount) throw new Error(`${arg}: ${file} is in no folder that is mounted`);
      const isSecret = /_file=/.test(arg) && !arg.startsWith('--oauth_state_file=') || /sslrootcert=/.test(arg);
      if (isSecret !== mount.secret) throw new Error(`${arg}: ${mount.path} is ${mount.secret ? '' : 'not '}a secret's`);
      if (isSecret) makeSecret(path.join(root, file));
      return path.join(root, file);
    });
  }
}

// Certificates if the name requires it, otherwise any one word.
function makeSecret(file) {
  if (fs.existsSync(file)) return;
  fs.writeFileSync(file, 'stand-in\n');
  if (!/\.(crt|key)$/.test(file)) return;
  const folder = path.dirname(file);
  makeCertificate(path.join(folder, 'tls'), 'server', {names: 'DNS:localhost', days: 2});
  fs.copyFileSync(path.join(folder, 'tls.crt'), path.join(folder, 'ca.crt'));
}

module.exports = {Gateway};
