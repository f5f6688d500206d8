// The same by pg alone: LISTEN, and a SELECT with each notification.
import { Client } from 'pg';
import { answerParent } from './answer.mjs';

const { connectionString, name, count } = JSON.parse(process.argv[2]);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const delays = [];

for (let i = 0; i < count; i++) {
  const client = new Client({ connectionString });
  await client.connect();
  client.on('notification', async () => {
    const { rows } = await client.query('SELECT text, revision FROM varve_documents WHERE name = $1', [name]);
    delays.push(now() - JSON.parse(rows[0].text).at);
  });
  await client.query(`LISTEN "varve:public.${name}"`);
}
answerParent(() => delays.splice(0));
