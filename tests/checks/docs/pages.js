'use strict';
// Usage: pages.js PAGE...   README.md has at most 200 lines. Every relative link of every page leads to a file or a folder of the tree,
// and one with a #fragment to a heading there. First it proves itself on links that lead nowhere.

const fs = require('node:fs');
const path = require('node:path');
const {fault, end} = require('../deploy/faults.js');
const {anchors, links} = require('./markdown.js');

const longest = 200;  // lines of README.md

/** What is wrong with a page's links. */
function brokenLinks(page, text) {
  const faults = [];
  for (const link of links(text)) {
    if (/^[a-z]+:/.test(link)) continue;  // elsewhere
    const [, file, fragment] = link.match(/^([^#]*)(?:#(.*))?$/);
    const target = file ? path.join(path.dirname(page), file) : page;
    if (target !== page && !fs.existsSync(target)) faults.push(`${page}: ${link} leads nowhere`);
    else if (fragment !== undefined && !anchors(target === page ? text : fs.readFileSync(target, 'utf8')).includes(fragment)) {
      faults.push(`${page}: ${link}: there is no such heading`);
    }
  }
  return faults;
}

const sample = '# A heading\n[a](none.md) [b](#none) [c](README.md#none) [d](#a-heading) [e](README.md) `[f](none)`\n```sh\n[g](none)\n```\n';
if (brokenLinks('sample.md', sample).length !== 3) fault('the check itself is broken');

const pages = process.argv.slice(2);
const found = pages.map(page => [page, fs.readFileSync(page, 'utf8')]);
for (const [page, text] of found) brokenLinks(page, text).forEach(fault);
const lines = fs.readFileSync('README.md', 'utf8').trimEnd().split('\n').length;
if (lines > longest) fault(`README.md has ${lines} lines; ${longest} are for who comes first, the rest is for the folders' own pages`);
end(`${pages.length} pages, with ${found.flatMap(([, text]) => links(text)).length} links; README.md has ${lines} lines`);
