'use strict';
// The files that `cmake --install` installs, by component.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const {root, run} = require('../e2e/harness.js');
const {BUILD, succeeds, filesIn, install} = require('./tools.js');

const program = name => path.join(BUILD, 'bin', name);

/** A man page as a terminal shows it; fails if its formatter complains. */
async function shown(page) {
  const source = page.replace(/\.gz$/, '');
  fs.writeFileSync(source, zlib.gunzipSync(fs.readFileSync(page)));
  const ended = await run('groff', ['-man', '-ww', '-Tascii', '-P-cbou', '-rLL=120n', source]);
  assert.equal(ended.stderr, '');
  return ended.stdout;
}

/** Checks that every flag in `--help` is in the page. */
async function documents(page, name, ...command) {
  const text = await shown(page);
  const help = await succeeds(program(name), [...command, '--help']);
  const flags = [...help.matchAll(/^  (--\S+)$/gm)].map(match => match[1]);
  for (const flag of flags) assert.ok(text.includes(flag), `${page}: no ${flag}`);
  assert.match(text, new RegExp(`NAME\\n +${[name, ...command].join('-')} - \\w`));
  return flags;
}

test('gateway: the server, its unit, alerts and dashboard, and a man page with every setting', async () => {
  const prefix = await install('gateway');
  const files = filesIn(prefix);
  for (const file of [
    'bin/webex-gateway', 'lib/systemd/system/webex-gateway.service', 'share/webex-gateway/prometheus/alerts.yaml',
    'share/webex-gateway/grafana/dashboard.json', 'share/doc/webex-gateway/copyright', 'share/doc/webex-gateway/changelog.gz',
  ]) {
    assert.ok(files.includes(file), `no ${file}`);
  }
  assert.deepEqual(files.filter(file => file.startsWith('bin/')), ['bin/webex-gateway']);
  assert.ok((await documents(path.join(prefix, 'share/man/man8/webex-gateway.8.gz'), 'webex-gateway')).length > 30);
  // systemd finds it in both /usr/bin and /usr/local/bin.
  assert.match(fs.readFileSync(path.join(prefix, 'lib/systemd/system/webex-gateway.service'), 'utf8'), /^ExecStart=webex-gateway$/m);
});

test('webexctl: a man page for each command', async () => {
  const prefix = await install('webexctl');
  const files = filesIn(prefix);
  assert.deepEqual(files.filter(file => file.startsWith('bin/')), ['bin/webexctl']);
  const pages = files.filter(file => file.startsWith('share/man/'));
  const help = await succeeds(program('webexctl'), ['--help']);
  const commands = [...help.matchAll(/^  ([a-z]+) {2,}\S/gm)].map(match => match[1]).filter(
      name => !['help', 'version'].includes(name));
  const usage = (await succeeds(program('webexctl'), ['operations', '--help'])).match(/^Usage: .*?^$/ms)[0];
  const kinds = new Set([...usage.matchAll(/webexctl operations ([a-z]+) /g)].map(match => match[1]));
  const words = [[], ...commands.map(name => [name]), ...[...kinds].map(name => ['operations', name])];
  assert.deepEqual(pages, words.map(word => `share/man/man1/${['webexctl', ...word].join('-')}.1.gz`).sort());
  for (const word of words) {
    await documents(path.join(prefix, `share/man/man1/${['webexctl', ...word].join('-')}.1.gz`), 'webexctl', ...word);
  }
});

test('webexctl: the shells find its completions where their packages look for them', async () => {
  const prefix = await install('webexctl');
  const files = filesIn(prefix).filter(file => /complet/.test(path.dirname(file)));
  const places = {
    bash: 'share/bash-completion/completions/webexctl',
    zsh: 'share/zsh/vendor-completions/_webexctl',
    fish: 'share/fish/vendor_completions.d/webexctl.fish',
  };
  assert.deepEqual(files, Object.values(places).sort());
  for (const [shell, place] of Object.entries(places)) {
    assert.equal(fs.readFileSync(path.join(prefix, place), 'utf8'), await succeeds(program('webexctl'), ['completion', shell]));
  }
});

test('what stands in an example of --help can be pasted from its man page', async () => {
  const prefix = await install('webexctl');
  const text = (await shown(path.join(prefix, 'share/man/man1/webexctl-provision.1.gz'))).replaceAll(/^ +/gm, '');
  const help = (await succeeds(program('webexctl'), ['provision', '--help'])).replaceAll(/^ +/gm, '');
  const example = help.match(/^webexctl provision --file=- .*?^END$/ms)[0];
  assert.ok(text.includes(example), text);
});

test('sandbox: installed where it is asked for, and only there', async () => {
  const prefix = await install('sandbox');
  assert.deepEqual(filesIn(prefix).filter(file => !file.startsWith('share/doc/')), ['bin/webex-sandbox', 'share/man/man1/webex-sandbox.1.gz']);
  await documents(path.join(prefix, 'share/man/man1/webex-sandbox.1.gz'), 'webex-sandbox');

  const whole = filesIn(await install(''));
  assert.deepEqual(whole.filter(file => file.startsWith('bin/')), ['bin/webex-gateway', 'bin/webexctl']);
  assert.ok(whole.includes('include/webex-gateway/webex_gateway/gateway_client.h'));
  assert.deepEqual(whole.filter(file => file.includes('sandbox')), []);
});

test('the tree names no licence, and the packages say so', () => {
  const named = fs.readdirSync(root, {recursive: false}).filter(name => /^(licen[cs]e|copying)/i.test(name));
  assert.deepEqual(named, [], 'deploy/debian/copyright, deploy/sbom.sh and the README say that there is none');
  assert.match(fs.readFileSync(path.join(root, 'deploy/debian/copyright'), 'utf8'), /^License: none$/m);
  assert.match(fs.readFileSync(path.join(root, 'README.md'), 'utf8'), /names no licence/);
});
