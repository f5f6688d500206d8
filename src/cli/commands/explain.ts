import { describeIssue } from '../../index.ts';
import { describeSettings } from '../../tools.ts';
import { explanationText } from '../../words/explanation.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { widthOf } from '../terminal.ts';

/**
 * Shows where a value comes from: the entry of every layer, and what would win without the winner. For a group, each of its
 * settings.
 */
export async function explain(context: Context, name: string): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const key = (await keyOfVariable(context, name)) ?? name;
  const members = describeSettings(config).filter((setting) => setting.key.startsWith(`${key}.`));
  const isGroup = members.length > 0;
  const explanations = isGroup ? members.map((setting) => config.explain(setting.key)) : [config.explain(key)];
  const isInvalid = config.issues.some(
    (issue) => issue.key === undefined || explanations.some((one) => one.key === issue.key),
  );
  const { paint, terminal } = context;
  if (context.json) printJson(context, isGroup ? { key, settings: explanations } : (explanations[0] ?? {}));
  else {
    const layout = { paint, width: widthOf(terminal.stdout) };
    context.print(explanations.map((one) => explanationText(one, layout)).join('\n\n'));
  }
  for (const issue of config.issues) if (issue.key === undefined) context.note(describeIssue(issue));
  return isInvalid ? EXIT.invalid : EXIT.ok;
}

/** The setting that a variable or a flag provides: people ask with the name that they see. */
async function keyOfVariable({ define }: Context, name: string): Promise<string | undefined> {
  const settings = describeSettings((await define()).definition);
  if (settings.some(({ key }) => key === name)) return undefined;
  return settings.find(({ variable, flag }) => variable === name || flag === name)?.key;
}
