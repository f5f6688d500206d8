// Watches one document over a number of connections, and tells how long each took to hear of each write.
import { etcd } from 'varve/etcd';

const { endpoints, key, count } = JSON.parse(process.argv[2]);
const now = () => Number(process.hrtime.bigint()) / 1e6;
let delays = [];

const stores = Array.from({ length: count }, () => etcd({ endpoints, key }));
for (const store of stores) {
  const { revision } = await store.read();
  store.watch(revision, {
    stored: ({ text }) => delays.push(now() - JSON.parse(text).at),
    state: (state, cause) => console.error(`${store.name} is ${state}`, cause?.message ?? ''),
  });
}
process.on('message', (message) => {
  if (message === 'end') process.exit();
  process.send(delays);
  delays = [];
});
process.send('watching');
