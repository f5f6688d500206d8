import { type Config, ConfigError, type Definition } from '../../index.ts';
import { describeSettings, type SettingDescription, settingText } from '../../tools.ts';
import { explanationText } from '../../words/explanation.ts';
import { overrideWarnings } from '../../words/override-warning.ts';
import { changeOfKey } from '../../words/shown-changes.ts';
import { changeText, valueText } from '../../words/values.ts';
import { authorship } from '../authorship.ts';
import { type Context, EXIT, printJson, warn } from '../command.ts';
import { InterruptedError } from '../command-errors.ts';
import { describeFormat } from '../docs/documented-variable.ts';
import { canAsk, widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

type Prompts = typeof import('@clack/prompts');

/** The streams of the prompts: only the answer goes to stdout. */
const STREAMS = { input: process.stdin, output: process.stderr } as const;

/** Lets a person find a setting, see its layers, change it, and confirm the change. */
export async function edit(context: Context, wanted: string | undefined): Promise<number> {
  if (context.noInput || !canAsk(context.terminal)) {
    throw new UsageError('edit asks, and there is no terminal', 'Write: varve set KEY VALUE');
  }
  const prompts = await loadPrompts();
  const config = await context.load({ invalid: 'report' });
  const { definition } = await context.define();
  const settings = describeSettings(config);
  const key = wanted ?? (await chooseSetting(prompts, config, settings));
  const before = config.explain(key);
  context.note(explanationText(before, { paint: context.paintNote, width: widthOf(context.terminal.stderr) }));
  const setting = settings.find((one) => one.key === key);
  if (setting) context.note(`Takes: ${describeFormat(setting)}`);
  await changeSetting(prompts, config, { key, setting, definition });
  const change = changeOfKey(config.pending, key);
  if (!change) return endUnchanged(context, 'unchanged');
  const values = changeText(change);
  context.note(`${context.paintNote('yellow', `~ ${key}  ${values}`)}   ${config.location ?? ''}`);
  for (const warning of overrideWarnings(config, [change])) warn(context, warning);
  if (!(await answer(prompts, prompts.confirm({ message: `Save it in ${config.location}?`, ...STREAMS })))) {
    return endUnchanged(context, 'nothing was written');
  }
  const { written } = await config.save(authorship(undefined, undefined));
  const explanation = config.explain(key);
  const place = explanation.candidates.find(({ layer }) => layer === 'file')?.location ?? config.location;
  if (context.json) printJson(context, { written, settings: [explanation] });
  else context.print(`${place}  ${key}: ${values}   ${context.paint('green', 'saved')}`);
  return EXIT.ok;
}

function endUnchanged({ note }: Context, what: string): number {
  note(`varve: ${what}`);
  return EXIT.no;
}

/** The library of the prompts; only this command needs it, so it is an optional peer. */
async function loadPrompts(): Promise<Prompts> {
  return await import('@clack/prompts').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError('varve edit needs @clack/prompts', 'npm install --save-dev @clack/prompts');
  });
}

/** The answer to a prompt; Ctrl-C and Escape end the command. */
async function answer<T>({ isCancel }: Prompts, prompt: Promise<T | symbol>): Promise<T> {
  const given = await prompt;
  if (isCancel(given)) throw new InterruptedError();
  return given as T;
}

/** The key of the setting that a person chooses, by a part of its key, description or variable. */
async function chooseSetting(
  prompts: Prompts,
  config: Config,
  settings: readonly SettingDescription[],
): Promise<string> {
  const options = config.explainAll().map(({ key, value, doc }) => ({
    value: key,
    label: key,
    hint: [valueText(value), doc].filter((part) => part !== undefined).join(' · '),
  }));
  const words = new Map(
    settings.map(({ key, doc = '', variable = '' }) => [key, `${key} ${doc} ${variable}`.toLowerCase()]),
  );
  return await answer<string>(
    prompts,
    prompts.autocomplete({
      message: 'Which setting?',
      placeholder: 'a part of its name or description',
      options,
      validate: (chosen) => (chosen === undefined ? 'No setting has that in its name or description' : undefined),
      filter: (search, { value }) => (words.get(value) ?? value).includes(search.trim().toLowerCase()),
      ...STREAMS,
    }),
  );
}

interface EditTarget {
  readonly key: string;
  readonly setting: SettingDescription | undefined;
  readonly definition: Definition;
}

/** Changes the file layer in memory as the person answers. */
async function changeSetting(
  prompts: Prompts,
  config: Config,
  { key, setting, definition }: EditTarget,
): Promise<void> {
  const isInFile = config.explain(key).candidates.some(({ layer }) => layer === 'file');
  const remove = { value: 'remove', label: 'Remove it from the file, so that the layers below count' };
  const todo = [{ value: 'change', label: 'Change it' }, remove, { value: 'leave', label: 'Leave it' }];
  const action = isInFile
    ? await answer(prompts, prompts.select({ message: 'What should happen to it?', options: todo, ...STREAMS }))
    : 'change';
  if (action === 'remove') config.unset(key);
  if (action !== 'change') return;
  await typeValue(prompts, config, { key, setting, definition });
}

/** Asks for the value of the file layer. Enter alone changes nothing, whatever a higher layer provides. */
async function typeValue(prompts: Prompts, config: Config, { key, setting, definition }: EditTarget): Promise<void> {
  const inFile = config.explain(key).candidates.find(({ layer }) => layer === 'file');
  const message = `New value of ${key}`;
  if (setting?.options && !setting.sensitive) {
    const current = inFile ? inFile.value : config.get(key);
    const all = [...setting.options, ...(setting.nullable ? [null] : [])];
    const options = all.map((option) => ({ value: option, label: String(option) }));
    const prompt = prompts.select<unknown>({ message, options, initialValue: current, ...STREAMS });
    const chosen = await answer(prompts, prompt);
    if (chosen !== current) config.set(key, chosen);
    return;
  }
  const value = setting?.sensitive ? undefined : inFile?.value;
  const text = value === undefined ? '' : setting ? settingText(definition, key, value) : JSON.stringify(value);
  const initialValue = text ?? '';
  const validate = (typed = ''): string | undefined =>
    typed === initialValue ? undefined : problemOf(config, key, typed);
  const prompt = setting?.sensitive
    ? prompts.password({ message: `${message} (Enter leaves it as it is)`, validate, ...STREAMS })
    : prompts.text({ message, initialValue, placeholder: 'Enter leaves it as it is', validate, ...STREAMS });
  await answer(prompts, prompt);
}

/** Sets a value in memory; returns why it is refused. */
function problemOf(config: Config, key: string, text: string): string | undefined {
  try {
    config.set(key, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map(({ message }) => message).join('; ');
  }
}
