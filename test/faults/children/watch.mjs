// Watches a file and prints every state. Without `stay`, nothing keeps it alive after the first text.
const { url, path, options, stay } = JSON.parse(process.argv[2]);
const { jsonFile } = await import(url);
const say = (line) => process.stdout.write(`${line}\n`);
say('watching');
const waiting = setInterval(() => {}, 1_000);
jsonFile(path, options).watch('absent', {
  stored({ text }) {
    say(text);
    if (!stay) clearInterval(waiting);
  },
  state: say,
});
