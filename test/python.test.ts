import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';
import { type Project, project, ROOT } from './pages/project.ts';

const EXAMPLE = join(ROOT, 'docs/examples/python');
const hasPython = spawnSync('python3', ['--version']).status === 0;

let at: Project;
beforeEach((context) => {
  if (!hasPython) skipLoudly(context, 'there is no python3');
  at = project();
  for (const name of readdirSync(EXAMPLE)) at.write(name, readFileSync(join(EXAMPLE, name), 'utf8'));
});
afterEach(() => at?.remove());

const varve = (line: string, env: Readonly<Record<string, string>> = {}): string => {
  const { status, stdout, stderr } = at.run('bash', ['--norc', '-c', `varve ${line}`], {
    PYTHONDONTWRITEBYTECODE: '1',
    ...env,
  });
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('Traceback')]);
  return stdout;
};

describe('a Python program that varve starts', () => {
  beforeEach(() => {
    varve('docs -o settings.py');
    at.write('trainer.json', '{ "lr": 1, "optimizer": { "name": "sgd" } }');
  });

  test('reads typed settings: 1 is a float, null is None, lists and objects are themselves', () => {
    const lines = varve('run -- python3 typed_train.py', { TRAINER_TRACKER__TOKEN: 'a secret' }).trim().split('\n');
    expect(lines).toEqual([
      '{"lr": 1.0, "type": "float", "resume_from": null}',
      '[true, [0.9, 0.999], "sgd", {"eps": 1e-08}, 0.5]',
      '{"has_token": true, "step": 3.0}',
    ]);
  });

  test('takes them as the defaults of argparse', () => {
    expect(varve('run -- python3 argparse_train.py')).toBe('1.0 3 None True [0.9, 0.999]\n');
    expect(varve('run --set steps=7 -- python3 argparse_train.py --lr 0.5')).toBe('0.5 7 None True [0.9, 0.999]\n');
    expect(at.run('python3', ['argparse_train.py']).stdout).toBe('0.001 10 None False []\n');
  });

  test('takes them as overrides of Hydra', () => {
    expect(varve(`run --set resume_from="it's" -- python3 hydra_train.py lr=0.5`).trim().split('\n')).toEqual([
      'lr=1',
      'steps=3',
      `resume_from='it\\'s'`,
      'shuffle=true',
      'betas=[0.9,0.999]',
      `optimizer.name='sgd'`,
      `optimizer.kwargs={'eps':1e-08}`,
      'lambda=0.5',
      'lr=0.5',
    ]);
  });

  test('drives a sweep by Optuna, and is answered at once where a run is complete', (context) => {
    const packages = { PYTHONPATH: process.env['VARVE_OPTUNA'] ?? '', PYTHONWARNINGS: 'ignore' };
    const isInstalled = at.run('python3', ['-c', 'import optuna'], packages).status === 0;
    if (!isInstalled) skipLoudly(context, 'Optuna is not installed: pip install optuna, or VARVE_OPTUNA=FOLDER');
    const search = () => at.run('python3', ['optuna_search.py', '12', '1'], packages);
    const first = search();
    expect([first.status, first.stderr]).toEqual([0, expect.not.stringContaining('Traceback')]);
    const { trials, best } = JSON.parse(first.stdout);
    expect([trials, best['optimizer.name']]).toEqual([12, 'adam']);
    expect(Math.abs(Math.log10(best.lr) + 2)).toBeLessThan(1.5);
    expect(search().stdout).toBe(first.stdout);
    const { runs } = JSON.parse(varve('sweep results --format json'));
    expect(runs.map(({ state }: { readonly state: string }) => state)).toEqual(Array(12).fill('done'));
    expect(runs.every(({ attempt }: { readonly attempt: number }) => attempt === 1)).toBe(true);
  });

  test('writes its result into a folder of its own where no sweep gives one', () => {
    varve('run -- python3 scored_train.py');
    expect(JSON.parse(at.read('run/result.json'))).toEqual({ loss: 2.5 });
  });

  test('decodes the variables by the rules of docs/python.md', () => {
    at.write(
      'variables.py',
      `import json, os
env = {name[8:].lower(): text for name, text in os.environ.items() if name.startswith("TRAINER_")}
print(float(env["lr"]), env["shuffle"] == "true", json.loads(env["betas"]), json.loads(env["optimizer__kwargs"]))
print("resume_from" in env)
`,
    );
    expect(varve('run -- python3 variables.py')).toBe("1.0 True [0.9, 0.999] {'eps': 1e-08}\nFalse\n");
  });

  test('refuses the snapshot of another program', () => {
    at.write('other.json', '{ "varve": 1, "name": "other", "values": {} }');
    const { status, stderr } = at.run('python3', ['typed_train.py'], { VARVE_SNAPSHOT: 'other.json' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('other.json is not a snapshot of trainer')]);
  });

  test('has its module checked for being current', () => {
    varve('docs --format python --check settings.py');
    at.write('settings.py', `${at.read('settings.py')}#`);
    expect(at.run('bash', ['--norc', '-c', 'varve docs --format python --check settings.py']).status).toBe(1);
  });
});

test('names and texts that Python could mistake stay what they are', () => {
  at.write(
    'varve.config.mjs',
    `import { defineConfig } from 'varve';
export default defineConfig({ name: 'a "b"\\n\\\\', settings: {
  class: { doc: 'one\\nimport os; os.abort()\\r"""\\u2028x', default: 1 },
  'max-norm': { default: 2, arg: 'norm', env: 'NORM' }, max_norm: 3, '2nd': 4, __private: 5, été: 6, load: { json: { deep: { format: ['"', 'é', '\\\\'], default: 'é' } } },
  choice: { format: [1, 2, 'x'], default: 2 }, half: { format: [0.5, 1], default: 0.5 }, maybe: { format: 'nat', default: undefined },
  secret: { count: { format: 'nat', sensitive: true, default: 0, env: 'COUNT' } },
} });
`,
  );
  varve('docs -o settings.py');
  at.write('print.py', 'import settings\nprint(ascii(settings.load()))\n');
  const shown = varve('run -- python3 print.py', { COUNT: '7' });
  expect(shown.trim()).toBe(
    "Settings(class_=1.0, max_norm=2.0, max_norm_2=3.0, n2nd=4.0, nprivate=5.0, nt_=6.0, load=LoadSettings(json=LoadJsonSettings(deep='\\xe9')), choice=2, half=0.5, maybe=None, secret=SecretSettings(count=7))",
  );
});

test('a secret that is not a number is in no error', () => {
  at.write(
    'varve.config.mjs',
    `import { defineConfig } from 'varve';
export default defineConfig({ name: 'trainer', settings: { pin: { format: Number, sensitive: true, default: 0, env: 'PIN' } } });
`,
  );
  varve('docs -o settings.py');
  at.write('print.py', 'import settings\nprint(settings.load())\n');
  varve('run --snapshot run.json -- true');
  const { stdout, stderr } = at.run('python3', ['print.py'], { VARVE_SNAPSHOT: 'run.json', PIN: 'hunter2' });
  expect([stdout, stderr]).toEqual(["Settings(pin='hunter2')\n", '']);
});

describe('the module of a definition with open groups', () => {
  const show = (values: string, env: Readonly<Record<string, string>> = {}): readonly string[] => {
    at.write('trainer.json', values);
    return varve('run -- python3 print.py', env).trim().split('\n');
  };
  const define = (settings: string): void => {
    at.write(
      'varve.config.mjs',
      `import { defineConfig, each, eachOf, variants } from 'varve';
export default defineConfig({ name: 'trainer', file: 'trainer.json', envPrefix: 'TRAINER', settings: { ${settings} } });
`,
    );
    varve('docs -o settings.py');
  };

  test('has a class for each variant, told apart by the chooser', () => {
    define(`optimizer: variants('type', {
      adam: { lr: 0.001, beta: 1 }, sgd: { lr: { format: String, default: 'auto' }, decay: { rate: 1 } },
    })`);
    at.write(
      'print.py',
      `import settings, typing
print(settings.load())
print([one.__name__ for one in typing.get_args(settings.OptimizerSettings)])
print(typing.get_type_hints(settings.OptimizerSgdSettings)["type"])
`,
    );
    const types = ["['OptimizerAdamSettings', 'OptimizerSgdSettings']", "typing.Literal['sgd']"];
    expect(show('{}')).toEqual([
      "Settings(optimizer=OptimizerAdamSettings(type='adam', lr=0.001, beta=1.0))",
      ...types,
    ]);
    expect(show('{ "optimizer": { "type": "sgd" } }')).toEqual([
      "Settings(optimizer=OptimizerSgdSettings(type='sgd', lr='auto', decay=OptimizerSgdDecaySettings(rate=1.0)))",
      ...types,
    ]);
    at.write('old.json', '{ "varve": 1, "name": "trainer", "values": { "optimizer": { "type": "lion" } } }');
    const { stderr } = at.run('python3', ['print.py'], { VARVE_SNAPSHOT: 'old.json' });
    expect(stderr).toContain('optimizer.type is lion: write this module anew');
  });

  test('has the members of groups by name in a dict, with the secrets and variants of each', () => {
    define(`data: each({
      path: { format: String, default: null }, weight: 1, token: { format: String, sensitive: true, default: '' },
      format: variants('type', { csv: { comma: ',' }, npy: { shape: { format: Array, items: 'nat', default: [1] } } }),
      splits: each({ share: 1 }),
    })`);
    at.write('print.py', 'import settings\nprint(settings.load())\n');
    expect(show('{}')).toEqual(['Settings(data={})']);
    const eu = '"eu-west": { "path": "a", "splits": { "test": { "share": 0.5 } } }';
    const us = '"usEast": { "path": "b", "format": { "type": "npy" } }';
    expect(show(`{ "data": { ${eu}, ${us} } }`, { TRAINER_DATA__US_EAST__TOKEN: 'secret' })).toEqual([
      "Settings(data={'eu-west': DataSettings(path='a', weight=1.0, token='', format=DataFormatCsvSettings(type='csv', comma=','), " +
        "splits={'test': DataSplitsSettings(share=0.5)}), 'usEast': DataSettings(path='b', weight=1.0, token='secret', " +
        "format=DataFormatNpySettings(type='npy', shape=[1]), splits={})})",
    ]);
  });

  test('has the elements of lists of groups in a list, with the secrets of each', () => {
    define(`data: eachOf({ path: { format: String, default: null }, token: { format: String, sensitive: true, default: '' },
      splits: eachOf({ share: 1 }) })`);
    at.write('print.py', 'import settings\nprint(settings.load())\nprint(settings.overrides())\n');
    expect(show('{}')).toEqual(['Settings(data=[])', '[]']);
    const file = '{ "data": [{ "path": "a", "splits": [{ "share": 0.5 }] }, { "path": "b" }] }';
    expect(show(file, { TRAINER_DATA__1__TOKEN: 'secret' })).toEqual([
      "Settings(data=[DataSettings(path='a', token='', splits=[DataSplitsSettings(share=0.5)]), " +
        "DataSettings(path='b', token='secret', splits=[])])",
      `["data.0.path='a'", 'data.0.splits.0.share=0.5', "data.1.path='b'"]`,
    ]);
  });

  test('has the types of elements and members', () => {
    define(`betas: { format: Array, items: Number, default: [1] }, sizes: { format: Array, items: 'bytes', default: ['1kB'] },
      tags: { format: Array, items: String, default: [] }, flags: { format: Array, items: Boolean, default: [true] },
      gaps: { format: Array, items: { format: Number, nullable: true }, default: [null, 2] },
      modes: { format: Array, items: ['a', 'b'], nullable: true, default: null },
      weights: { format: Object, members: Number, default: { a: 1 } }, wait: { format: 'duration', default: '2s' },
      key: { format: Array, items: Number, sensitive: true, default: [] }`);
    at.write(
      'print.py',
      `import settings, typing
loaded = settings.load()
for name, type in typing.get_type_hints(settings.Settings).items():
    print(str(type).replace("typing.", ""), getattr(loaded, name))
`,
    );
    const lines = show('{}', { TRAINER_KEY: '[3]' }).map((line) =>
      line.replace(/^Union\[(.*), NoneType\] /, 'Optional[$1] '),
    );
    expect(lines).toEqual([
      'List[float] [1.0]',
      'List[int] [1000]',
      'List[str] []',
      'List[bool] [True]',
      'List[Optional[float]] [None, 2.0]',
      "Optional[List[Literal['a', 'b']]] None",
      "Dict[str, float] {'a': 1.0}",
      "<class 'int'> 2000",
      'Optional[List[float]] [3.0]',
    ]);
  });
});

test('the module says how to start it, and that it is stale', () => {
  at.run('bash', ['--norc', '-c', 'varve docs -o settings.py']);
  const read = ['-c', 'import settings; print(settings.load().lr)'];
  expect(at.run('python3', read).stderr).toContain('VARVE_SNAPSHOT is not set: start the program by varve run');
  const snapshot = { varve: 1, name: 'trainer', values: {} };
  at.write('old.json', JSON.stringify(snapshot));
  const { stderr } = at.run('python3', read, { VARVE_SNAPSHOT: 'old.json' });
  expect(stderr).toMatch(/the snapshot has no \w+: write this module anew/);
});
