// Watches one document by a number of stores, and reports how long each write took to arrive.
import { answerParent } from './answer.mjs';

const { opening, count } = JSON.parse(process.argv[2]);
const open = (await import(opening.module))[opening.name];
const now = () => Number(process.hrtime.bigint()) / 1e6;
const delays = [];

const stores = Array.from({ length: count }, () => open(opening.options));
for (const store of stores) {
  const { revision } = await store.read();
  store.watch(revision, {
    stored: ({ text }) => delays.push(now() - JSON.parse(text).at),
    state: (state, cause) =>
      process.env.VARVE_VERBOSE && console.error(`${store.name} is ${state}`, cause?.message ?? ''),
  });
}
answerParent(() => delays.splice(0));
