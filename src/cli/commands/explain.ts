import { describeIssue } from '../../index.ts';
import { explanationText } from '../../words/explanation.ts';
import { type Context, EXIT, printJson } from '../command.ts';

/** Where a value comes from: every layer's word on it, and what would win without the winner. */
export async function explain(context: Context, key: string): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const explanation = config.explain(key);
  const isInvalid = config.issues.some((issue) => issue.key === key || issue.key === undefined);
  if (context.json) printJson(context, explanation);
  else context.print(explanationText(explanation, context.paint));
  for (const issue of config.issues) if (issue.key === undefined) context.note(describeIssue(issue));
  return isInvalid ? EXIT.invalid : EXIT.ok;
}
