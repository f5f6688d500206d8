import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { type Config, describeIssue, type Explanation, type SettingDescription } from '../index.ts';
import { explanationText } from '../words/explanation.ts';
import { locationText, printable, valueText } from '../words/values.ts';
import { answer, answering } from './answers.ts';
import { INPUT, OUTPUT } from './schemas.ts';
import type { Session } from './session.ts';
import { cut, explanationOf, fitting, issueOf, rowOf } from './shown.ts';

/** More rows than this are not shown at once. */
const MOST_ROWS = 500;

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;

/** The tools that change nothing. */
export function addReadTools(server: McpServer, session: Session): void {
  const asked = (work: (config: Config) => CallToolResult): Promise<CallToolResult> =>
    answering(session, async () => work(await session.load()));
  server.registerTool(
    'get_config',
    {
      title: 'All settings',
      description: 'All settings with their effective values and where each comes from; narrow it by prefix.',
      inputSchema: INPUT.config,
      outputSchema: OUTPUT.config,
      annotations: READ,
    },
    ({ prefix, modified_only }) =>
      asked((config) => listed(session, config, { prefix, modifiedOnly: modified_only === true })),
  );
  server.registerTool(
    'get_config_value',
    {
      title: 'One value',
      description: 'The effective value of one setting.',
      inputSchema: INPUT.key,
      outputSchema: OUTPUT.value,
      annotations: READ,
    },
    ({ key }) =>
      asked((config) => {
        const explanation = config.explain(key);
        return answer(session, config, lineOf(explanation), rowOf(explanation));
      }),
  );
  server.registerTool(
    'explain_config_value',
    {
      title: 'Where a value comes from',
      description: 'Every layer that says something of a setting, which one wins, and what it would be without that.',
      inputSchema: INPUT.key,
      outputSchema: OUTPUT.explanation,
      annotations: READ,
    },
    ({ key }) =>
      asked((config) => {
        const explanation = config.explain(key);
        const text = String(cut(explanationText(explanation)));
        return answer(session, config, text, { explanation: explanationOf(explanation) });
      }),
  );
  server.registerTool(
    'describe_config',
    {
      title: 'What settings are for',
      description: 'What a setting is for, what it takes, its default, variable and flag; all settings without a key.',
      inputSchema: INPUT.optionalKey,
      outputSchema: OUTPUT.description,
      annotations: READ,
    },
    ({ key }) => asked((config) => described(session, config, key)),
  );
  server.registerTool(
    'validate_config',
    {
      title: 'Problems',
      description: 'Everything that is wrong with the configuration, with its place and what to do.',
      inputSchema: INPUT.nothing,
      outputSchema: OUTPUT.validation,
      annotations: READ,
    },
    () => asked((config) => validated(session, config)),
  );
}

interface Listing {
  readonly prefix: string | undefined;
  readonly modifiedOnly: boolean;
}

function listed(session: Session, config: Config, { prefix, modifiedOnly }: Listing): CallToolResult {
  const all = config.explainAll().filter(({ key, winner }) => {
    const isWithin = prefix === undefined || key === prefix || key.startsWith(`${prefix}.`);
    return isWithin && !(modifiedOnly && winner?.layer === 'default');
  });
  // An unknown group is a mistake, not an empty answer.
  if (prefix !== undefined && all.length === 0) config.get(prefix as never);
  const shown = fitting(all, MOST_ROWS, rowOf);
  const truncated = shown.length < all.length;
  const more = truncated ? [`… and ${all.length - shown.length} more: narrow it by prefix`] : [];
  const text = [`${all.length} settings of ${config.name}`, ...shown.map(lineOf), ...more].join('\n');
  return answer(session, config, text, { settings: shown.map(rowOf), total: all.length, truncated });
}

function lineOf({ key, value, winner }: Explanation): string {
  const from = winner ? `${winner.layer}, ${locationText(winner)}` : 'no layer';
  return printable(`${key} = ${valueText(cut(value))}   (${from})`);
}

function described(session: Session, config: Config, key: string | undefined): CallToolResult {
  const all = key === undefined ? [...session.settings.values()] : [session.settings.get(key)];
  // A setting that only a layer has, or none.
  if (key !== undefined && all[0] === undefined) config.explain(key);
  const found = all.filter((setting) => setting !== undefined);
  const shown = fitting(found, MOST_ROWS, cutDescription);
  const text = shown.map(descriptionText).join('\n') || `${key} is not in the schema: it takes any value`;
  return answer(session, config, text, { settings: shown.map(cutDescription), truncated: shown.length < found.length });
}

function descriptionText({ key, doc, format, variable, flag, sensitive }: SettingDescription): string {
  const names = [variable && `variable ${variable}`, flag && `flag ${flag}`, sensitive && 'sensitive'];
  const what = [format, doc && String(cut(doc)), ...names].filter((part) => part).join('; ');
  return printable(`${key}: ${what}`);
}

function cutDescription(setting: SettingDescription): object {
  return Object.fromEntries(Object.entries(setting).map(([name, value]) => [name, cut(value)]));
}

function validated(session: Session, config: Config): CallToolResult {
  const { issues, warnings } = config;
  const ok = issues.length === 0;
  const told = (all: typeof issues): typeof issues => fitting(all, MOST_ROWS, issueOf);
  const shown = { issues: told(issues), warnings: told(warnings) };
  const lines = [...shown.issues, ...shown.warnings].map((issue) => `- ${cut(describeIssue(issue))}`);
  const more = issues.length + warnings.length - lines.length;
  const head = ok ? 'The configuration is valid.' : `${issues.length} that must be mended:`;
  const text = [head, ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
  return answer(session, config, text, {
    ok,
    issues: shown.issues.map(issueOf),
    warnings: shown.warnings.map(issueOf),
  });
}
