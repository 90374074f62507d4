'use strict';
// Every example of an order shows a request id, and the commands that the README shows are those that are tried.

const {test} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {root, webexctl} = require('../../e2e/harness.js');

const text = name => fs.readFileSync(path.join(root, name), 'utf8');

/** The blocks of a Markdown file that are for the shell. */
const shellBlocks = name => [...text(name).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);

/** The commands that order something: each from its program to the end of its last line, here-documents with it. */
function orders(script) {
  const commands = script.replaceAll(/\\\n/g, ' ').split(/^(?=\s*(?:\w+=\$\()?(?:webexctl|grpcurl|buf curl)\b)/m);
  return commands.filter(
      command => /\bwebexctl (provision|update|remove) +-/.test(command) ||
          /WorkspaceService\/(Provision|Update|Remove)Workspace$/m.test(command));
}

test("every order among the README's examples has a request id", () => {
  const found = shellBlocks('README.md').flatMap(orders);
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

test("the README's table of languages has the options of the commands that are tried", () => {
  const rows = [...text('README.md').matchAll(/^\| (\S+) \| (.*) \| \[.*\]\(client\/examples\/(\S+)\) \|$/gm)];
  assert.deepEqual(rows.map(([, language]) => language), ['Go', 'Java', 'C#', 'Python', 'Node', 'TypeScript', 'C++']);
  const sections = text('client/examples/README.md').split(/^## /m);
  for (const [, language, how, example] of rows) {
    const section = sections.find(part => part.startsWith(`${language}\n`));
    assert.match(section, new RegExp(`\\[${example}\\]\\(${example}\\)`));
    if (language === 'C#') continue;  // nothing of it is tried
    for (const [, options] of how.matchAll(/`(.*?)`/g)) assert.ok(section.includes(options), `${language}: ${options}`);
  }
});
