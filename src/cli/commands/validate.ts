import { describeIssues } from '../../index.ts';
import { type Context, EXIT } from '../command.ts';

/** Whether the configuration is valid, with everything that is wrong. */
export async function validate(context: Context): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const { issues, warnings } = config;
  const ok = issues.length === 0;
  if (context.json) context.print(JSON.stringify({ schemaVersion: 1, ok, issues, warnings }, null, 2));
  else if (ok) context.print(`${config.name}: ${config.explainAll().length} settings are valid`);
  else context.note(describeIssues(issues, `the configuration of ${config.name}`));
  if (!context.json && warnings.length > 0) context.note(`warning: ${describeIssues(warnings, config.name)}`);
  return ok ? EXIT.ok : EXIT.invalid;
}
