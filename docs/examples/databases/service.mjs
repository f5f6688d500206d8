import { loadConfigOrExit } from 'varve';
import definition from './varve.config.mjs';

const { databases, replicas } = (await loadConfigOrExit(definition)).values;

for (const [name, { url, password, pool }] of Object.entries(databases)) {
  const reads = replicas.filter((replica) => replica.of === name).map(({ host, weight }) => `${host} (${weight})`);
  const reader = reads.join(', ') || 'here';
  process.stdout.write(
    `${name}  ${url}  ${pool} connections  ${password.length} letters of a password  reads ${reader}\n`,
  );
}
