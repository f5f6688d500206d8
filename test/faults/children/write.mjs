// Writes one text and says what became of it.
const { url, path, text, times = 1, options } = JSON.parse(process.argv[2]);
const { jsonFile } = await import(url);
const store = jsonFile(path, options);
const outcome = await store
  .read()
  .then(({ revision }) => store.write(text.repeat(times), { expect: revision, id: 'write' }))
  .catch((error) => ({ ok: false, code: error.code, message: error.message, cause: error.cause?.code }));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
