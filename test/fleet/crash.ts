// Starts the server and a child of the engine that is named, prints their process ids, and waits to be killed.
import { child } from './child.ts';
import { ENGINES } from './engines.ts';

const engine = ENGINES.find(({ title }) => title === process.argv[2]);
if (engine === undefined) throw new Error(`no engine ${process.argv[2]}`);
const running = await engine.start();
const watching = await child('watchers', { opening: running.opening('apps/fleet/crash'), count: 1 });
process.stdout.write(`${JSON.stringify([running.pid, watching.pid])}\n`);
setInterval(() => undefined, 60_000);
