'use strict';
// Generates and builds clients as client/examples/README.md describes: a separate folder for each language, with proto/
// and the example, and the tools that a caller in that language has installed.

const fs = require('node:fs');
const path = require('node:path');
const {root, run} = require('../../e2e/harness.js');

const examples = path.join(root, 'client/examples');
const jars = [
  'geronimo-annotation-1.3-spec', 'grpc-api', 'grpc-context', 'grpc-core', 'grpc-netty', 'grpc-protobuf', 'grpc-protobuf-lite',
  'grpc-stub', 'guava', 'netty-buffer', 'netty-codec', 'netty-codec-http', 'netty-codec-http2', 'netty-common', 'netty-handler',
  'netty-resolver', 'netty-transport', 'perfmark-api', 'proto-google-common-protos', 'protobuf'
];

// `inside`: the folder's place in WORK. `common`: a command for the part of the language's common package that Debian
// does not have; its output goes to common/. `env`: environment variables.
const languages = {
  'C++': {inside: 'cpp'},
  Go: {
    inside: 'go/src/example.com/caller',
    env: work => ({GO111MODULE: 'off', GOFLAGS: '', GOPATH: `${work}/go:/usr/share/gocode`, GOCACHE: `${work}/go_cache`}),
  },
  Java: {
    inside: 'java',
    // Debian's proto-google-common-protos is older than ErrorInfo.
    common: 'protoc -I proto --java_out=common proto/google/rpc/error_details.proto && ' +
        'javac -d common $(find common -name "*.java")',
    env: () => ({CLASSPATH: ['common', ...jars.map(name => `/usr/share/java/${name}.jar`)].join(':')}),
  },
  TypeScript: {inside: 'typescript'},
  Python: {
    inside: 'python',
    common: 'protoc -I proto --python_out=common proto/google/*/*.proto',
    env: () => ({PYTHONPATH: 'common'}),
  },
  Node: {inside: 'node'},
};

/** The commands of a language's section in the README: all but the last build, the last one calls. */
function commands(language) {
  const readme = fs.readFileSync(path.join(examples, 'README.md'), 'utf8');
  const section = readme.split(/^## /m).find(text => text.startsWith(`${language}\n`));
  const lines = section.match(/^```sh\n(.*?)\n```$/ms)[1].replaceAll(/\\\n\s*/g, '').split('\n');
  return {build: lines.slice(0, -1).join('\n'), call: lines.at(-1)};
}

/** A fresh folder in WORK with the files that a caller starts with. */
function folder(inside) {
  const directory = path.join(process.env.WORK, inside);
  fs.rmSync(directory, {recursive: true, force: true});
  fs.mkdirSync(path.join(directory, 'common'), {recursive: true});
  fs.cpSync(path.join(root, 'proto'), path.join(directory, 'proto'), {recursive: true});
  fs.cpSync(examples, directory, {recursive: true});
  fs.symlinkSync(process.env.NODE_PATH, path.join(directory, 'node_modules'));
  return directory;
}

/** Only Debian's tools, whatever is on the PATH; ccache, if there is one; nothing from the network. */
function environment(own = {}) {
  const PATH = ['/usr/lib/ccache', '/usr/bin', '/bin', path.dirname(process.execPath)].join(':');
  return {PATH, PYTHONPATH: '', npm_config_offline: 'true', ...own};
}

/** Runs shell commands, and returns their exit code and output. */
const shell = (commands, directory, env = environment()) =>
    run('bash', ['-euc', `cd ${directory}\n${commands}`], {env, timeout: 240_000});

/** Builds a language's client; the result calls it. */
async function build(language) {
  const {inside, common = ':', env = () => ({})} = languages[language];
  const directory = folder(inside);
  const set = environment(env(process.env.WORK));
  const recipe = commands(language);
  const built = await shell(`${common}\n${recipe.build}`, directory, set);
  if (built.code !== 0) throw new Error(`${language}: the build ends with ${built.code}\n${built.stdout}${built.stderr}`);
  return (address, user, requestId) => shell(recipe.call, directory, {...set, address, user, request_id: requestId});
}

module.exports = {examples, build, folder, shell};
