import { expect } from 'vitest';
import { Shell } from './shell.ts';

/** What definitions in tests import: the sources themselves. */
export const VARVE = new URL('../../src/index.ts', import.meta.url).href;

/** A definition with a setting of each kind that commands treat in their own way. */
export const DEFINITION = `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'recursive-learning',
  file: 'config/app.json',
  envPrefix: 'RL',
  dotenv: true,
  settings: {
    batch_size_days: { doc: 'days of history in one training batch', format: 'nat', default: 30 },
    trust_threshold: { doc: 'least trust a rule needs', format: Number, min: 0, max: 1, default: 0.7 },
    overlap_days: { format: 'nat', default: 5 },
    log: { level: { format: ['debug', 'info', 'warn'], default: 'info' } },
    tracker: { token: { format: String, sensitive: true, default: '' }, labels: { format: Object, default: { team: 'rl' } } },
  },
});
`;

export const FILES = {
  'varve.config.mjs': DEFINITION,
  'config/app.json':
    '{\n  "batch_size_days": 40,\n  "trust_threshold": 0.85,\n  "tracker": { "labels": { "run": 7 } }\n}\n',
  '.env': '# secrets\nRL_TRACKER__TOKEN=very-secret\n',
};

/** A command line, or one with what stands on its standard input; a function changes the folder between them. */
export type Step = string | readonly [line: string, stdin: string] | ((shell: Shell) => void);

/** The transcript of each line in one shell, as a golden file. */
export async function golden(
  name: string,
  steps: readonly Step[],
  files: Record<string, string> = FILES,
): Promise<void> {
  const shell = new Shell(files);
  const transcripts: string[] = [];
  for (const step of steps) {
    if (typeof step === 'function') step(shell);
    else transcripts.push(typeof step === 'string' ? await shell.transcript(step) : await shell.transcript(...step));
  }
  const text = transcripts.join('\n');
  // What a person typed is theirs; what varve answers holds no secret.
  expect(text.replace(/^\$.*$/gm, '')).not.toMatch(/very-secret|secret-\d/);
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
}
