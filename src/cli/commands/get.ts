import { jsonValue, keyRedactions } from '../../tools.ts';
import { rawText } from '../../words/raw-text.ts';
import { type Context, EXIT, noteNames, printJson } from '../command.ts';
import { valueByKey } from '../value-tree.ts';

/** How a value is printed. */
export interface GetOptions {
  /** Whether a secret is printed. */
  readonly reveal: boolean;
}

/**
 * Prints one value for a script: a string as it is, everything else as JSON. A sensitive value is printed only with
 * `reveal`; the secrets of a group are redacted without it.
 */
export async function get(context: Context, key: string, { reveal }: GetOptions): Promise<number> {
  const config = await context.load();
  const raw = config.get(key);
  const secret = typeof raw === 'object' ? jsonValue(config, key) : raw;
  const settings = keyRedactions(config);
  const isSensitive = settings.some((setting) => setting.redacted && isWithin(key, setting.key));
  const secrets = settings.filter((setting) => setting.redacted && isWithin(setting.key, key));
  if (isSensitive && !reveal) {
    context.note(`varve: ${key} is sensitive and is not shown without --reveal`);
    return EXIT.no;
  }
  if (reveal && (isSensitive || secrets.length > 0)) {
    const { canReveal } = await import('../reveal.ts');
    if (!(await canReveal(context, key))) return EXIT.no;
  }
  const isGroup = settings.some((setting) => setting.key !== key && isWithin(setting.key, key));
  const value = isGroup && !reveal ? valueByKey(config.toJSON(), key) : secret;
  if (value === undefined) {
    context.note(`varve: ${key} is not set`);
    if (context.json) printJson(context, { key });
    return EXIT.no;
  }
  const { warnings } = config;
  if (context.json) printJson(context, { key, value, ...(warnings.length > 0 && { warnings }) });
  else context.printRaw(rawText(value));
  if (isGroup && !reveal) {
    noteNames(
      context,
      'note: redacted without --reveal',
      secrets.map((setting) => setting.key),
    );
  }
  return EXIT.ok;
}

function isWithin(key: string, parent: string): boolean {
  return key === parent || key.startsWith(`${parent}.`) || key.startsWith(`${parent}[`);
}
