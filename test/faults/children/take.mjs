// Takes the lock of a file, prints `held` or the code of the error, and keeps it if `keep` is set.
const { url, path, waiting, keep } = JSON.parse(process.argv[2]);
const { acquireLockFile } = await import(new URL('./json-file/write-lock.js', url));
try {
  const lock = await acquireLockFile(path, { name: 'app.json', ...waiting });
  console.log('held');
  if (keep) setInterval(() => {}, 1_000);
  else lock.release();
} catch (error) {
  console.log(error.code);
}
