'use strict';
// Languages that cannot be built here are generated: their own names, and the names they refer to, follow conventions.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {examples, folder, shell} = require('./workshop.js');

/** Generates with the options, and returns the text of every file, by path. */
async function generate(language, options) {
  const directory = folder(language);
  const {code, stderr} =
      await shell(`mkdir gen\nprotoc -I proto ${options} proto/webex/broadworks/v1/*.proto`, directory);
  assert.equal(code, 0, stderr);
  const files = fs.readdirSync(path.join(directory, 'gen'), {recursive: true, withFileTypes: true});
  const texts = files.filter(file => file.isFile())
                    .map(({path: where, parentPath = where, name}) => path.join(parentPath, name))
                    .map(file => [path.relative(path.join(directory, 'gen'), file), fs.readFileSync(file, 'utf8')]);
  return new Map(texts);
}

test('C#: the namespaces, and the names that the example uses', async () => {
  const files = await generate('csharp', '--csharp_out=gen');
  assert.deepEqual([...files.keys()].sort(), ['Operations.cs', 'Options.cs', 'Workspaces.cs']);
  for (const [name, text] of files) assert.match(text, /^namespace Webex\.Broadworks\.V1 \{/m, name);
  const workspaces = files.get('Workspaces.cs');
  assert.match(workspaces, /global::Google\.Api\.AnnotationsReflection\.Descriptor/);
  assert.match(files.get('Options.cs'), /global::Google\.Rpc\.ErrorDetailsReflection\.Descriptor/);

  const example = fs.readFileSync(path.join(examples, 'Order.cs'), 'utf8');
  const fields = [...example.matchAll(/^ +([A-Z]\w+) = /gm)].map(([, name]) => name);
  assert.equal(fields[0], 'RequestId');
  const request = workspaces.match(/class ProvisionWorkspaceRequest .*?\n {2}\}/s)[0];
  for (const name of fields) assert.match(request, new RegExp(`public string ${name} \\{`));
});

test('Ruby: the modules, of the services too', async () => {
  const plugin = '--plugin=protoc-gen-grpc="$(command -v grpc_ruby_plugin)"';
  const files = await generate('ruby', `--ruby_out=gen --grpc_out=gen ${plugin}`);
  assert.equal(files.size, 5);
  for (const [name, text] of files) assert.match(text, /^module Webex\n +module Broadworks\n +module V1\n/m, name);
});

test('PHP: the namespaces, of the services too', async () => {
  const plugin = '--plugin=protoc-gen-grpc="$(command -v grpc_php_plugin)"';
  const files = await generate('php', `--php_out=gen --grpc_out=gen ${plugin}`);
  for (const name of ['Workspace', 'Operation', 'WorkspaceServiceClient']) {
    assert.match(files.get(`Webex/Broadworks/V1/${name}.php`), /^namespace Webex\\Broadworks\\V1;/m);
  }
});
