'use strict';
// The C++ client outside this tree: installed, moved, and built into another program (consumer/) by CMake, by
// pkg-config, and from its sources; each of them orders through a gateway.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const {randomUUID} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {Sandbox, Gateway, root, run} = require('../e2e/harness.js');
const {WORK, SANITIZE, succeeds, filesIn, install} = require('./tools.js');

const consumer = path.join(__dirname, 'consumer');
const prefix = path.join(WORK, 'moved');
// Objects built with sanitizers can only be linked with them.
const sanitize = SANITIZE ? `-fsanitize=${SANITIZE} -fno-sanitize=vptr` : '';

let sandbox;
let gateway;

/** Configures and builds the consumer; returns its folder. */
async function build(name, settings) {
  const directory = path.join(WORK, name);
  fs.rmSync(directory, {recursive: true, force: true});
  await succeeds('cmake', [
    '-G', 'Ninja', '-S', consumer, '-B', directory, `-DCMAKE_EXE_LINKER_FLAGS=${sanitize}`,
    ...settings
  ]);
  await succeeds('cmake', ['--build', directory, '--target', 'consumer']);
  return directory;
}

async function orders(program) {
  const calls = async (address, user, id, code, stdout) => {
    const ended = await run(program, [address, user, id]);
    assert.match(ended.stdout, stdout, ended.stderr);
    assert.equal(ended.code, code);
    return ended.stdout;
  };
  const user = `${path.basename(path.dirname(program))}@sp.com`;
  const id = randomUUID();
  const first = await calls(gateway.address, user, id, 0, /^provisioned \S+\n$/);
  assert.equal(await calls(gateway.address, user, id, 0, /^provisioned \S+\n$/), first);
  await sandbox.fault({kind: 'close', when: 'after'});
  await calls(gateway.address, `lost-${user}`, randomUUID(), 1, /^WEBEX_ANSWER_LOST: unknown\n$/);
  await calls(`unix:${WORK}/nobody`, user, randomUUID(), 1, /^GATEWAY_UNREACHABLE: unchanged\n$/);
}

before(async () => {
  fs.rmSync(WORK, {recursive: true, force: true});
  fs.renameSync(await install('client'), prefix);
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});

test('what is installed names neither the build, nor what the server alone needs', () => {
  const files = filesIn(prefix);
  assert.ok(files.includes('include/webex-gateway/webex_gateway/gateway_client.h'));
  for (const file of files) {
    assert.match(file, /^(include\/webex-gateway|share\/(webex-gateway\/proto|doc)|lib\/([^/]+\/)?(cmake\/webex-gateway|pkgconfig|lib))/);
    if (!/^(include|lib)\/.*(?<!\.a)$/.test(file)) continue;
    const text = fs.readFileSync(path.join(prefix, file), 'utf8');
    assert.ok(!text.includes(root), file);
    assert.doesNotMatch(text, /cpprest|boost|utf8proc|sqlite|libpq|PostgreSQL::|prometheus|server\/base/i, file);
  }
});

test('find_package, and webex_gateway::client brings C++20, its libraries, and none of our warnings', async () => {
  const directory = await build('find_package', [`-DCMAKE_PREFIX_PATH=${prefix}`, '-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror']);
  const [{command}] = JSON.parse(fs.readFileSync(path.join(directory, 'compile_commands.json'), 'utf8'));
  assert.deepEqual(command.match(/ -W\S+/g).map(flag => flag.trim()), ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror']);
  await orders(path.join(directory, 'consumer'));
});

test('a version that the installed one does not fit is refused by find_package', async () => {
  const file = path.join(prefix, filesIn(prefix).find(name => name.endsWith('config-version.cmake')));
  const [major, minor] = fs.readFileSync(file, 'utf8').match(/PACKAGE_VERSION "([\d.]+)"/)[1].split('.').map(Number);
  for (const version of [`${major}.${minor + 1}`, `${major + 1}.0`]) {
    const list = path.join(WORK, `version-${version}`);
    fs.mkdirSync(list);
    fs.writeFileSync(path.join(list, 'CMakeLists.txt'),
        `cmake_minimum_required(VERSION 3.25)\nproject(p CXX)\nfind_package(webex-gateway ${version} REQUIRED)\n`);
    const ended = await run('cmake', ['-S', list, '-B', path.join(list, 'build'), `-DCMAKE_PREFIX_PATH=${prefix}`]);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /compatible with requested\s+version/);
  }
});

test('pkg-config', async () => {
  const directory = path.join(WORK, 'pkg-config');
  fs.mkdirSync(directory);
  const [file] = filesIn(prefix).filter(name => name.endsWith('webex-gateway-client.pc'));
  const env = {PKG_CONFIG_PATH: path.join(prefix, path.dirname(file))};
  const said = await succeeds('pkg-config', ['--cflags', '--libs', 'webex-gateway-client'], {env});
  const program = path.join(directory, 'consumer');
  await succeeds('c++', [
    '-std=c++20', ...sanitize.split(' ').filter(Boolean), path.join(consumer, 'main.cc'), ...said.trim().split(/\s+/), '-o', program
  ]);
  await orders(program);
  const protos = (await succeeds('pkg-config', ['--variable=protodir', 'webex-gateway-client'], {env})).trim();
  assert.ok(fs.existsSync(path.join(protos, 'webex/broadworks/v1/workspaces.proto')), protos);
});

test('add_subdirectory builds the client with none of the server, nor of its libraries', async () => {
  const missing = ['Boost', 'CTest', 'PostgreSQL', 'SQLite3', 'cpprestsdk', 'prometheus-cpp'];
  const directory = await build('add_subdirectory', [
    `-DWEBEX_GATEWAY_SOURCE=${root}`, ...missing.map(name => `-DCMAKE_DISABLE_FIND_PACKAGE_${name}=ON`),
  ]);
  const cache = fs.readFileSync(path.join(directory, 'CMakeCache.txt'), 'utf8');
  assert.doesNotMatch(cache, /^(BUILD_TESTING|cpprestsdk_DIR|Boost_INCLUDE_DIR)/m);
  await orders(path.join(directory, 'consumer'));
});
