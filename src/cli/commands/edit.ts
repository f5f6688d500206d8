import {
  type Config,
  ConfigError,
  type Definition,
  describeSettings,
  type SettingDescription,
  settingText,
} from '../../index.ts';
import { explanationText } from '../../words/explanation.ts';
import { overrideWarning } from '../../words/override-warning.ts';
import { changeText, valueText } from '../../words/values.ts';
import { authorship } from '../authorship.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { InterruptedError } from '../command-errors.ts';
import { describeFormat } from '../docs/documented-variable.ts';
import { canAsk, widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

type Prompts = typeof import('@clack/prompts');

/** What the prompts read and write: the answer alone goes to stdout. */
const STREAMS = { input: process.stdin, output: process.stderr } as const;

/** Finds a setting with a person at a terminal, shows where its value comes from, changes it, and saves what is confirmed. */
export async function edit(context: Context, wanted: string | undefined): Promise<number> {
  if (context.noInput || !canAsk(context.terminal)) {
    throw new UsageError('nobody can be asked here', 'Write: varve set KEY VALUE');
  }
  const prompts = await loadPrompts();
  const config = await context.load({ invalid: 'report' });
  const { definition } = await context.define();
  const settings = describeSettings(definition);
  const key = wanted ?? (await found(prompts, config, settings));
  const before = config.explain(key);
  context.note(explanationText(before, { paint: context.paintNote, width: widthOf(context.terminal.stderr) }));
  const setting = settings.find((one) => one.key === key);
  if (setting) context.note(`It takes: ${describeFormat(setting)}`);
  await changeSetting(prompts, config, { key, setting, definition });
  const [change] = config.pending;
  if (!change) return ended(context, 'unchanged');
  const values = changeText(change);
  context.note(`${context.paintNote('yellow', `~ ${key}  ${values}`)}   ${config.location ?? ''}`);
  const mask = overrideWarning(config.explain(key));
  if (mask !== undefined) context.note(`${context.paintNote('yellow', 'warning')}: ${mask}`);
  if (!(await answer(prompts, prompts.confirm({ message: `Save it in ${config.location}?`, ...STREAMS })))) {
    return ended(context, 'nothing was written');
  }
  const { written } = await config.save(authorship(undefined, undefined));
  const explanation = config.explain(key);
  const place = explanation.candidates.find(({ layer }) => layer === 'file')?.location ?? config.location;
  if (context.json) printJson(context, { written, settings: [explanation] });
  else context.print(`${place}  ${key}: ${values}   ${context.paint('green', 'saved')}`);
  return EXIT.ok;
}

function ended({ note }: Context, what: string): number {
  note(`varve: ${what}`);
  return EXIT.no;
}

/** The library of the prompts: only this command needs it, so it is optional. */
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

/** The key that a person finds by a part of it, or of what it is for. */
async function found(prompts: Prompts, config: Config, settings: readonly SettingDescription[]): Promise<string> {
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
      placeholder: 'a part of its name, or of what it is for',
      options,
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

/** Changes the file layer in memory to what is typed or chosen. */
async function changeSetting(
  prompts: Prompts,
  config: Config,
  { key, setting, definition }: EditTarget,
): Promise<void> {
  const isInFile = config.explain(key).candidates.some(({ layer }) => layer === 'file');
  const remove = { value: 'remove', label: 'Remove it from the file, so that the layers below show through' };
  const todo = [{ value: 'change', label: 'Change it' }, remove, { value: 'leave', label: 'Leave it' }];
  const action = isInFile
    ? await answer(prompts, prompts.select({ message: 'What is to be done?', options: todo, ...STREAMS }))
    : 'change';
  if (action === 'remove') config.unset(key);
  if (action !== 'change') return;
  const current = config.get(key);
  const message = `New value of ${key}`;
  if (setting?.sensitive) {
    const validate = (text: string | undefined): string | undefined => problemOf(config, key, text ?? '');
    await answer(prompts, prompts.password({ message, validate, ...STREAMS }));
  } else if (setting?.options) {
    const options = setting.options.map((option) => ({ value: option, label: String(option) }));
    const chosen = await answer(
      prompts,
      prompts.select<unknown>({ message, options, initialValue: current, ...STREAMS }),
    );
    config.set(key, chosen);
  } else {
    const initialValue =
      settingText(definition, key, current) ?? (current === undefined ? '' : JSON.stringify(current));
    const validate = (text: string | undefined): string | undefined => problemOf(config, key, text ?? '');
    await answer(prompts, prompts.text({ message, initialValue, validate, ...STREAMS }));
  }
}

/** Sets a value in memory, or says why it can't be. */
function problemOf(config: Config, key: string, text: string): string | undefined {
  try {
    config.set(key, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map(({ message }) => message).join('; ');
  }
}
