'use strict';
// How a check ends: it says every fault, then exits with 1 if there was one.

const found = [];

function fault(text) {
  found.push(text);
}

/** What is in `list` (coming.js) may be missing, but only as long as it is. */
function expectAll(list, names, exists, what) {
  for (const name of names) {
    if (exists(name)) continue;
    if (list.includes(name)) {
      console.log(`NOT CHECKED: this gateway does not have ${what} ${name} yet (tests/checks/deploy/coming.js)`);
    } else {
      fault(`the gateway does not have ${what} ${name}`);
    }
  }
  for (const name of list) {
    if (!names.includes(name) || exists(name)) fault(`${what} ${name} is no longer to come: take it out of coming.js`);
  }
}

function end(checked) {
  if (found.length > 0) {
    for (const text of found) console.error(text);
    process.exit(1);
  }
  console.log(checked);
}

module.exports = {fault, expectAll, end};
