import type { Config, Issue } from '../../index.ts';
import { configFiles } from '../../tools.ts';
import { issuesText } from '../../words/issue-text.ts';
import { type Context, EXIT, noteNames, printJson, warn } from '../command.ts';
import { withoutMissingSecrets } from '../missing-secrets.ts';
import { widthOf } from '../terminal.ts';

/** How the configuration is checked and the result shown. */
export interface ValidateOptions {
  /** `github`: as annotations of GitHub Actions. */
  readonly format: string;
  /** Whether warnings count as problems. */
  readonly strict: boolean;
  /** Whether a secret that this machine does not have is not a problem. */
  readonly withoutSecrets: boolean;
}

/** Checks the configuration and shows every problem. */
export async function validate(context: Context, options: ValidateOptions): Promise<number> {
  const { format, strict, withoutSecrets } = options;
  const config = await context.load({ invalid: 'report', warnings: 'return' });
  const found = withoutSecrets
    ? withoutMissingSecrets(config, context.terminal)
    : { issues: config.issues, missing: [] };
  const { missing } = found;
  const issues = strict ? [...found.issues, ...config.warnings] : found.issues;
  const warnings = strict ? [] : config.warnings;
  const ok = issues.length === 0;
  const lookedFor = configFiles(config).map(({ name, isFound }) => ({ path: name, found: isFound }));
  const width = widthOf(context.terminal.stderr);
  noteNames(context, 'varve: not checked, because no layer provides it here', missing);
  if (context.json)
    printJson(context, { ok, issues, warnings, ...(withoutSecrets && { missingSecrets: missing }), lookedFor });
  else if (format === 'github') annotate(context, { issues: found.issues, warnings: config.warnings });
  else {
    const count = config.explainAll().length;
    if (ok) context.print(`${config.name}: ${count} ${count === 1 ? 'setting is' : 'settings are'} valid`);
    else context.note(issuesText(issues, { title: `the configuration of ${config.name}`, width }));
    for (const { name, layer, kind, isFound } of configFiles(config)) {
      if (!isFound && kind === 'file' && layer !== 'file') context.note(`varve: ${name} does not exist`);
    }
    if (warnings.length > 0) warn(context, issuesText(warnings, { title: config.name, width }));
  }
  return ok ? EXIT.ok : EXIT.invalid;
}

function annotate({ print }: Context, { issues, warnings }: Pick<Config, 'issues' | 'warnings'>): void {
  for (const issue of issues) print(annotation('error', issue));
  for (const issue of warnings) print(annotation('warning', issue));
}

/** A workflow command of GitHub Actions (docs.github.com/actions/reference/workflow-commands-for-github-actions). */
function annotation(kind: 'error' | 'warning', { key, message, origin, suggestion }: Issue): string {
  const [, file, line, col] = /^(.+?):(\d+)(?::(\d+))?$/.exec(origin?.location ?? '') ?? [];
  const where = file === undefined && origin ? ` (${origin.layer} ${origin.name})` : '';
  const text = `${key === undefined ? '' : `${key}: `}${message}${where}${suggestion ? `. ${suggestion}` : ''}`;
  const place = Object.entries({ file, line, col, title: 'varve' }).filter(([, value]) => value !== undefined);
  return `::${kind} ${place.map(([name, value]) => `${name}=${escaped(String(value), true)}`).join(',')}::${escaped(text)}`;
}

function escaped(text: string, isProperty = false): string {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return isProperty ? data.replaceAll(':', '%3A').replaceAll(',', '%2C') : data;
}
