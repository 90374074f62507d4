'use strict';
// What these checks read of Markdown: headings, links, and the rows of tables.

const withoutFences = text => text.replace(/^( *)```[^]*?^\1```$/gm, '');

/** The anchors that GitHub gives a page's headings. */
function anchors(text) {
  const seen = new Map();
  return [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const slug = heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    const earlier = seen.get(slug) ?? 0;
    seen.set(slug, earlier + 1);
    return earlier ? `${slug}-${earlier}` : slug;
  });
}

/** Where a page's links lead; those in code are none. */
function links(text) {
  const prose = withoutFences(text).replace(/`[^`]*`/g, code => '`'.repeat(code.length));
  return [...prose.matchAll(/\]\(([^)\s]*)\)/g)].map(([, target]) => target);
}

/** The rows of the tables whose first line has these cells at its beginning, each a list of cells. */
function rows(text, ...header) {
  const cells = line => line.split(/(?<!\\)\|/).slice(1, -1).map(cell => cell.trim());
  const tables = [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trimEnd().split('\n').map(cells));
  return tables.filter(([first]) => header.every((cell, i) => first[i] === cell)).flatMap(([, , ...body]) => body);
}

/** What is in a cell's backquotes. */
const codes = cell => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code);

module.exports = {anchors, links, rows, codes};
