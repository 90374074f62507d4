'use strict';
// Every example of an order shows a request id.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {root, webexctl} = require('../../e2e/harness.js');

const text = name => fs.readFileSync(path.join(root, name), 'utf8');

/** The shell blocks of a Markdown file. */
const shellBlocks = name => [...text(name).matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block]) => block);

/** The commands that order something: each from its program to the end of its last line, including here-documents. */
function orders(script) {
  const commands = script.replaceAll(/\\\n/g, ' ').split(/^(?=\s*(?:\w+=\$\()?(?:webexctl|grpcurl|buf curl)\b)/m);
  return commands.filter(
      command => /\bwebexctl (provision|update|remove) +-/.test(command) ||
          /WorkspaceService\/(Provision|Update|Remove)Workspace$/m.test(command));
}

const pages = ['README.md', 'client/README.md', 'deploy/README.md', 'proto/README.md', 'tests/README.md'];

test("every order among the pages' examples has a request id", () => {
  const found = pages.flatMap(shellBlocks).flatMap(orders);
  assert.ok(found.length >= 8, `${found.length} orders`);
  for (const order of found) assert.match(order, /request_id|requestId/);
});

for (const kind of ['provision', 'update', 'remove']) {
  test(`every order among the examples of webexctl help ${kind} has a request id`, async () => {
    const {stdout} = await webexctl(['help', kind]);
    const examples = stdout.match(/^Examples?:\n(.*?)\n\nIf it fails/ms)[1];
    const found = orders(examples);
    assert.ok(found.length >= 1);
    for (const order of found) assert.match(order, /request_id|requestId/);
  });
}
