// node train.js [--resume [--allow-identity-change]]
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, type LoadOptions, loadConfig, resumeReport } from 'varve';
import definition from './definition.ts';

const options: LoadOptions = process.argv.includes('--resume')
  ? { resume: 'run/snapshot.json', allowIdentityChange: process.argv.includes('--allow-identity-change') }
  : {};
const config = await loadConfig(definition, options).catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(3);
});
for (const { key, kind } of resumeReport(config)?.differences ?? []) process.stderr.write(`${key} differs (${kind})\n`);

// A kill at any moment leaves the old text or the new one.
const keep = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};
// The configuration that the run uses at any time, without secrets.
const keepSnapshot = (): void => keep('run/snapshot.json', JSON.stringify(config.snapshot(), null, 2));
mkdirSync('run', { recursive: true });
keepSnapshot();
config.subscribe((event) => {
  if ('rejected' in event) process.stderr.write(`still running with the old settings: ${event.rejected.message}\n`);
  else keepSnapshot();
});
const watcher = config.watch();
await watcher.ready;

let step = existsSync('run/step') && resumeReport(config) ? Number(readFileSync('run/step', 'utf8')) : 0;
while (step < config.values.steps) {
  // One snapshot for one step: whatever changes meanwhile, these values belong together.
  const { lr, step_ms } = config.values;
  step += 1;
  const { fingerprint } = config.snapshot();
  appendFileSync('run/log.jsonl', `${JSON.stringify({ step, lr, fingerprint })}\n`);
  keep('run/step', String(step));
  process.stdout.write(`${JSON.stringify({ step, lr, fingerprint })}\n`);
  await pause(step_ms);
}
await watcher.close();
