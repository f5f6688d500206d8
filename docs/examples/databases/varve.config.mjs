import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, each, eachOf, resolver } from 'varve';

/** `secret:NAME` in a variable stands for the text of the file NAME in the folder of `secrets`. */
const secret = resolver({
  needs: ['secrets'],
  async resolve(names, { settings, signal }) {
    const read = async (name) => {
      if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) return new Error('that is not the name of a secret');
      return (await readFile(join(settings.secrets, name), { encoding: 'utf8', signal })).trimEnd();
    };
    const values = await Promise.all(names.map((name) => read(name).catch((error) => error)));
    return new Map(names.map((name, i) => [name, values[i]]));
  },
});

export default defineConfig({
  name: 'orders',
  root: import.meta.dirname,
  envPrefix: 'ORDERS',
  resolvers: { secret },
  settings: {
    secrets: { doc: 'The folder of the secrets', default: 'secrets' },
    databases: each({
      url: { doc: 'Where the database is', format: 'url', default: null },
      password: { doc: 'Its password', format: String, default: null, sensitive: true },
      pool: { doc: 'Connections that stay open', format: 'nat', default: 10 },
    }),
    replicas: eachOf({
      of: { doc: 'The name of its database', format: String, default: null },
      host: { doc: 'Where the replica is', format: String, default: null },
      weight: { doc: 'Its share of the reads', format: 'nat', default: 1 },
    }),
  },
});
