import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';
import { blocksOf } from './pages/blocks.ts';
import { type Project, project, ROOT } from './pages/project.ts';

let at: Project;
beforeAll(() => {
  at = project(['jiti']);
});
afterAll(() => at.remove());

const TRAIN = `import json, os, pathlib
days, trust = int(os.environ["RL_BATCH_SIZE_DAYS"]), float(os.environ["RL_TRUST_THRESHOLD"])
snapshot = json.loads(pathlib.Path(os.environ["VARVE_SNAPSHOT"]).read_text())["values"]
assert (snapshot["batch_size_days"], snapshot["trust_threshold"]) == (days, trust)
if "VARVE_RUN_FOLDER" in os.environ:
    pathlib.Path(os.environ["VARVE_RUN_FOLDER"], "result.json").write_text(json.dumps({"score": days * trust}))
print(days, trust)
`;

test('docs/recursive-learning.md shows the whole life of a run, and each line works', (context) => {
  if (at.run('python3', ['--version']).status !== 0) return skipLoudly(context, 'there is no python3');
  const page = readFileSync(join(ROOT, 'docs/recursive-learning.md'), 'utf8');
  const script = blocksOf(page).find(({ language }) => language === 'sh')?.text ?? '';
  at.write('config/varve.config.ts', readFileSync(join(ROOT, 'config/varve.config.ts'), 'utf8'));
  at.write('train.py', TRAIN);
  // Two of the commands answer with "no": the sweep has older runs, and the runs differ.
  const { stdout, stderr } = at.run('bash', ['--norc', '-c', script]);
  expect(stderr).toContain('varve: 4 runs: 4 done');
  expect(stderr).toContain('varve: repeats runs/1/snapshot.json: the same fingerprint');
  expect(stdout).toMatch(/^30 0\.8\n(?:.*\n)*30 0\.8$/m);
  expect(stdout).toContain('batch_size_days,');
  expect(stdout).toMatch(/~ trust_threshold +0\.8 -> 0\.5/);
  expect(JSON.parse(at.read('config/recursive_learning_config.json')).trust_threshold).toBe(0.7);
});
