// Loaded by changed code in a process or thread that a test started: which mutant is active there, and which ones it reaches.
const { existsSync, openSync, readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');

/** Far above what the tests need; an endless loop gets there in a second. */
const MOST_HITS = 1_000_000;

const reached = {};
module.exports = {
  activeMutant: readFileSync(join(__dirname, 'active'), 'utf8'),
  hitCount: 0,
  hitLimit: MOST_HITS,
  mutantCoverage: { static: existsSync(join(__dirname, 'recording')) ? recorded() : reached, perTest: {} },
};

/** Notes each mutant at once, as a test may kill the process. */
function recorded() {
  const file = openSync(join(__dirname, 'reached'), 'a', 0o666);
  return new Proxy(reached, {
    set(counts, id, count) {
      if (!Object.hasOwn(counts, id)) writeSync(file, `${id}\n`);
      counts[id] = count;
      return true;
    },
  });
}
