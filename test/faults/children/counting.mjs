// The configuration that several processes and threads change at once.
const nat = { format: 'nat', default: 0 };
const names = Array.from({ length: 32 }, (_, i) => `w${i}`);

/** Its definition, made by the library at `url`. */
export async function counting(url) {
  const { defineConfig } = await import(url);
  return defineConfig({
    name: 'counting',
    file: 'app.json',
    lockTimeout: 60_000,
    settings: {
      count: nat,
      shared: { format: Object, default: { n: 0, by: '' } },
      own: Object.fromEntries(names.map((name) => [name, nat])),
    },
  });
}
