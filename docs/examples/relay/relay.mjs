// Keeps a file of this machine equal to a document in etcd: any number of programs then watch the file, and one connection
// leaves the machine. `node relay.mjs https://etcd-1.example:2379,https://etcd-2.example:2379 apps/rl/prod /run/rl/config.json`
import { jsonFile } from 'varve';
import { etcd } from 'varve/etcd';

const [endpoints = '', key = '', path = ''] = process.argv.slice(2);
const from = etcd({ endpoints: endpoints.split(','), key });
const to = jsonFile(path);

const tell = (text) => process.stderr.write(`${text}\n`);

let wanted = await from.read();
let copying;

/** Copies the newest text, until the file has it. */
async function copy() {
  for (let copied; copied !== wanted.revision; ) {
    const { text, revision } = wanted;
    try {
      const { revision: expect } = await to.read();
      const written = text === null || (await to.write(text, { expect, id: crypto.randomUUID() })).ok;
      if (written) copied = revision;
      if (written) tell(`${to.name} is at revision ${revision}`);
    } catch (error) {
      tell(error.message);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
  copying = undefined;
}

copying = copy();
const watch = from.watch(wanted.revision, {
  stored(stored) {
    wanted = stored;
    copying ??= copy();
  },
  state: (state, cause) => tell(`${from.name} is ${state}${cause ? `: ${cause.message}` : ''}`),
});

// A watch keeps no process alive.
const alive = setInterval(() => undefined, 3_600_000);
process.once('SIGTERM', async () => {
  clearInterval(alive);
  await watch.close();
  await copying;
  await Promise.all([from.close(), to.close()]);
});
