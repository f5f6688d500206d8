import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { type Config, describeIssue, type Explanation, type Issue } from '../index.ts';
import { describeSetting, describeSettings, type SettingDescription } from '../tools.ts';
import { explanationText } from '../words/explanation.ts';
import { locationText, printable, valueText } from '../words/values.ts';
import { answer, answering } from './answers.ts';
import { INPUT, OUTPUT } from './schemas.ts';
import type { Session } from './session.ts';
import { cut, explanationOf, issueOf, type Page, pageOf, rowOf, weightOf } from './shown.ts';

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;

export function addReadTools(server: McpServer, session: Session): void {
  const asked = (work: (config: Config) => CallToolResult): Promise<CallToolResult> =>
    answering(session, async () => work(await session.load()));
  server.registerTool(
    'get_config',
    {
      title: 'All settings',
      description: 'Settings with their effective values and origins, in pages; narrow it by prefix.',
      inputSchema: INPUT.config,
      outputSchema: OUTPUT.config,
      annotations: READ,
    },
    ({ prefix, modified_only, page = 1 }) =>
      asked((config) => listSettings(session, config, { prefix, modifiedOnly: modified_only === true, page })),
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
      description: 'The entries of a setting in every layer, which one wins, and the value without the winner.',
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
      description:
        'The doc, format, constraints, default, variable and flag of one setting, of a group by prefix, or of all, in pages.',
      inputSchema: INPUT.describe,
      outputSchema: OUTPUT.description,
      annotations: READ,
    },
    ({ key, prefix, page = 1 }) => asked((config) => describe(session, config, { key, prefix, page })),
  );
  server.registerTool(
    'validate_config',
    {
      title: 'Problems',
      description: 'Every issue and warning of the configuration, with its location and remedy.',
      inputSchema: INPUT.nothing,
      outputSchema: OUTPUT.validation,
      annotations: READ,
    },
    () => asked((config) => validate(session, config)),
  );
}

interface ListOptions {
  readonly prefix: string | undefined;
  readonly modifiedOnly: boolean;
  readonly page: number;
}

function listSettings(session: Session, config: Config, { prefix, modifiedOnly, page }: ListOptions): CallToolResult {
  const all = config.explainAll().filter(({ key, winner }) => {
    return isWithin(prefix, key) && !(modifiedOnly && winner?.layer === 'default');
  });
  // An unknown group is a mistake, not an empty answer.
  if (prefix !== undefined) config.get(prefix as never);
  const rows = pageOf(all, page, (one) => weightOf(rowOf(one), lineOf(one)));
  const warnings = firstOf(config.warnings);
  const text = [
    `${all.length} ${all.length === 1 ? 'setting' : 'settings'} of ${config.name}`,
    ...rows.items.map(lineOf),
    ...pageText(rows),
    ...warnings.map((warning) => `warning: ${cut(describeIssue(warning))}`),
  ].join('\n');
  const data = { settings: rows.items.map(rowOf), warnings: warnings.map(issueOf), ...countsOf(rows) };
  return answer(session, config, text, data);
}

function isWithin(prefix: string | undefined, key: string): boolean {
  return prefix === undefined || key === prefix || key.startsWith(`${prefix}.`);
}

function countsOf({ page, pages, total }: Page<unknown>): object {
  return { page, pages, total };
}

function pageText({ page, pages }: Page<unknown>): readonly string[] {
  return pages > 1 ? [`(page ${page} of ${pages})`] : [];
}

function lineOf({ key, value, winner }: Explanation): string {
  const from = winner ? `${winner.layer}, ${locationText(winner)}` : 'no layer';
  return printable(`${key} = ${valueText(cut(value))}   (${from})`);
}

interface DescribeOptions {
  readonly key: string | undefined;
  readonly prefix: string | undefined;
  readonly page: number;
}

function describe(session: Session, config: Config, { key, prefix, page }: DescribeOptions): CallToolResult {
  const all = key === undefined ? allWithin(session, config, prefix) : describeOne(session, config, key);
  // A key that only a layer has is described by its absence; an unknown one is an error.
  if (key !== undefined && all.length === 0) config.explain(key);
  if (prefix !== undefined && all.length === 0) config.get(prefix as never);
  const rows = pageOf(all, page, (one) => weightOf(cutDescription(one), descriptionText(one)));
  const lines = rows.items.map(descriptionText);
  if (lines.length === 0) lines.push(absenceText(key ?? prefix));
  const data = { settings: rows.items.map(cutDescription), ...countsOf(rows) };
  return answer(session, config, [...lines, ...pageText(rows)].join('\n'), data);
}

function absenceText(name: string | undefined): string {
  return name === undefined
    ? 'The configuration has no settings.'
    : printable(`${name} is not in the schema: it takes any value`);
}

/** The present settings, then those of other variants, and with `*` those that new members would have. */
function allWithin(session: Session, config: Config, prefix: string | undefined): readonly SettingDescription[] {
  const all = new Map(describeSettings(config).map((one) => [one.key, one]));
  for (const [key, setting] of session.settings) if (!all.has(key)) all.set(key, setting);
  return [...all.values()].filter(({ key }) => isWithin(prefix, key));
}

function describeOne({ definition }: Session, config: Config, key: string): readonly SettingDescription[] {
  const setting = describeSetting(config, key) ?? describeSetting(definition, key);
  return setting ? [setting] : [];
}

function descriptionText({ key, doc, format, variable, flag, sensitive }: SettingDescription): string {
  const names = [variable && `variable ${variable}`, flag && `flag ${flag}`, sensitive && 'sensitive'];
  const what = [format, doc && String(cut(doc)), ...names].filter((part) => part).join('; ');
  return printable(`${key}: ${what}`);
}

function cutDescription(setting: SettingDescription): object {
  return Object.fromEntries(Object.entries(setting).map(([name, value]) => [name, cut(value)]));
}

/** As many issues as one answer has room for. */
function firstOf(issues: readonly Issue[]): readonly Issue[] {
  return pageOf(issues, 1, (issue) => weightOf(issueOf(issue), describeIssue(issue))).items;
}

function validate(session: Session, config: Config): CallToolResult {
  const ok = config.issues.length === 0;
  const [issues, warnings] = [firstOf(config.issues), firstOf(config.warnings)];
  const lines = [...issues, ...warnings].map((issue) => `- ${cut(describeIssue(issue))}`);
  const more = config.issues.length + config.warnings.length - lines.length;
  const head = ok
    ? 'The configuration is valid.'
    : `${config.issues.length === 1 ? '1 issue stops' : `${config.issues.length} issues stop`} a program from starting:`;
  const text = [head, ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
  return answer(session, config, text, { ok, issues: issues.map(issueOf), warnings: warnings.map(issueOf) });
}
