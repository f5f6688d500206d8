// Takes one walk through the library, and prints the files of src in which it called a function.
import { Session } from 'node:inspector/promises';

const { url, name, input } = JSON.parse(process.argv[2]);

/** Each walk is prepared by its first step; the files are those of the step that it returns. */
const WALKS = {
  /** The load of a definition with one variable in the environment, to its value. */
  async variable({ defineConfig, loadConfig }) {
    const settings = { trust_threshold: { format: Number, default: 0.7, min: 0, max: 1 } };
    const definition = defineConfig({ name: 'trainer', envPrefix: 'RL', settings });
    return async () => {
      const config = await loadConfig(definition, { argv: [], env: { RL_TRUST_THRESHOLD: '0.85' } });
      if (config.values.trust_threshold !== 0.85) throw new Error('the variable has no effect');
    };
  },
  /** `set` and `save` of one setting, in a file that has others, to the disk. */
  async save({ defineConfig, loadConfig }) {
    const settings = { epochs: { format: 'nat', default: 1 }, learning_rate: { format: Number, default: 0.1 } };
    const config = await loadConfig(defineConfig({ name: 'trainer', file: input, settings }), { argv: [], env: {} });
    return async () => {
      config.set('epochs', 3);
      await config.save();
    };
  },
};

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
const walk = await WALKS[name](await import(url));
// The counters begin anew with every answer.
await session.post('Profiler.takePreciseCoverage');
await walk();
const { result } = await session.post('Profiler.takePreciseCoverage');
const root = url.slice(0, url.lastIndexOf('/') + 1);
const files = result
  .filter((script) => script.url.startsWith(root) && script.functions.some(isCalled))
  .map((script) => script.url.slice(root.length).replace(/\.js$/, '.ts'));
console.log(JSON.stringify(files.sort()));

/** The first function of a script without a name is the module itself, which runs when it is imported. */
function isCalled({ functionName, ranges: [range] }) {
  return range.count > 0 && !(functionName === '' && range.startOffset === 0);
}
