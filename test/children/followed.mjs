// The settings that both ends of a port know.
export async function definition(url) {
  const { defineConfig } = await import(url);
  return defineConfig({
    name: 'followed',
    file: 'app.json',
    settings: {
      epochs: { format: 'nat', default: 1 },
      pattern: { format: RegExp, default: /^a+$/ },
      token: { format: String, default: 's3cret', sensitive: true },
      optimizer: { name: { format: String, default: 'adam' }, momentum: { format: Number, max: 1, default: 0.9 } },
    },
  });
}
