'use strict';
// Ends a check: prints every fault, then exits with 1 if there was one.

const found = [];

function fault(text) {
  found.push(text);
}

function end(checked) {
  if (found.length > 0) {
    for (const text of found) console.error(text);
    process.exit(1);
  }
  console.log(checked);
}

module.exports = {fault, end};
