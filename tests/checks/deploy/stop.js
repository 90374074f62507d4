'use strict';
// Usage: stop.js BIN PAGE FILE...   What the page, and comments in each FILE, say of the time that a stop takes beyond
// the drain is what the program says.

const fs = require('node:fs');
const {fault, end} = require('./faults.js');
const {Gateway} = require('./settings.js');

const [bin, page, ...files] = process.argv.slice(2);
const after = new Gateway(bin).secondsAfterDrain();
if (!(after > 0)) fault('--help does not say how long a stop takes at most');

/** Checks that each figure that `pattern` finds in the file is the program's, and that there is one. */
function check(file, pattern) {
  const said = [...fs.readFileSync(file, 'utf8').matchAll(pattern)].map(found => Number(found.slice(1).find(Boolean)));
  if (said.length === 0) fault(`${file} does not say how long a stop takes at most`);
  for (const seconds of said) if (seconds !== after) fault(`${file} says ${seconds} s beyond the drain, the program ${after} s`);
}

check(page, /`--drain_delay` \+ `--drain_timeout` \+ (\d+)s/g);
for (const file of files) check(file, /drain_timeout,? and (\d+) s|(\d+) s more than --drain_timeout/g);
end(`a stop takes at most ${after} s beyond the drain, wherever that is said`);
