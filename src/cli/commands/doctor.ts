import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Config, ErrorCode } from '../../index.ts';
import { configFiles, describeSettings, isVariable } from '../../tools.ts';
import { printable } from '../../words/terminal-text.ts';
import { wrap } from '../../words/wrap.ts';
import { type Context, EXIT, type FoundDefinition, printJson } from '../command.ts';
import { fixDeprecatedKeys } from '../doctor/deprecated-keys.ts';
import { type Examination, type Finding, type SourceSettings, secretFiles } from '../doctor/finding.ts';
import { tracked } from '../doctor/git.ts';
import { fixOlderVersion } from '../doctor/older-version.ts';
import { otherDefinitions } from '../doctor/other-definitions.ts';
import { overrides } from '../doctor/overrides.ts';
import { permissions } from '../doctor/permissions.ts';
import { exposedSecrets, problems } from '../doctor/problems.ts';
import { schemaFile } from '../doctor/schema-file.ts';
import { loadLayers } from '../load-layers.ts';
import { type Style, widthOf } from '../terminal.ts';

/** What the doctor may change. */
export interface DoctorOptions {
  /** Take the permissions of files with secrets from others, and migrate and rename in the file, where that is safe. */
  readonly fix: boolean;
}

/** A file that the configuration is read from, if it is there. */
interface LookedForFile {
  readonly path: string;
  readonly found: boolean;
}

/** Reports everything that may cause trouble; exit code 1 if anything is not ok. */
export async function doctor(context: Context, { fix }: DoctorOptions): Promise<number> {
  const found = await context.define();
  const config = await context.load({ invalid: 'report', warnings: 'return' });
  const isFile = found.definition.store === undefined || context.file !== undefined;
  const lookedFor = configFiles(config).map(({ name, isFound }) => ({ path: name, found: isFound }));
  const paths = pathsOf(config);
  const patient = await examined(context, found, config, paths.dotenv);
  const defaults = await loadLayers(context, { layers: ['default'], file: null });
  // One that is computed from other settings is not in the source.
  const written = new Set(describeSettings(defaults).flatMap(({ key, defaultFrom }) => (defaultFrom ? [] : key)));
  const secrets = secretFiles(patient, (key) => isFilled(config.get(key)));
  const migrated = await fixOlderVersion(config, fix);
  const renaming = await fixDeprecatedKeys(config, fix);
  const findings = [
    ...introduction(found, config, { patient, isFile, cwd: context.terminal.cwd }),
    ...otherDefinitions(found),
    ...problems('fail', config.issues),
    ...problems('warn', renaming.warnings),
    ...migrated,
    ...renaming.findings,
    ...overrides(patient),
    ...exposedSecrets(patient, (key) => written.has(key) && isFilled(defaults.get(key))),
    ...secrets.flatMap((file) => [...permissions(file, fix), ...tracked(file)]),
    ...paths.files.flatMap((path) => leftovers(found.root, path)),
    ...(await schemaFile(context, isFile ? config.location : undefined)),
  ];
  const ok = findings.every(({ status }) => status !== 'warn' && status !== 'fail');
  if (context.json) printJson(context, { ok, findings, lookedFor });
  else context.print(findingsText(findings, lookedFor, context));
  return ok ? EXIT.ok : EXIT.no;
}

interface Paths {
  /** Base files first. */
  readonly files: readonly string[];
  readonly dotenv: readonly string[];
}

function pathsOf(config: Config): Paths {
  const of = (kind: string): readonly string[] =>
    configFiles(config)
      .filter((file) => file.kind === kind)
      .map(({ name }) => name);
  return { files: of('file'), dotenv: of('.env') };
}

async function examined(
  context: Context,
  found: FoundDefinition,
  config: Config,
  dotenv: readonly string[],
): Promise<Examination> {
  const { root } = found;
  const sources: SourceSettings[] = [];
  for (const path of dotenv) {
    if (!isThere(root, path)) continue;
    const part = await loadLayers(context, { layers: ['default', 'env'], file: null, dotenv: [path] });
    sources.push({ name: path, explanations: part.explainAll() });
  }
  const env = await loadLayers(context, { layers: ['default', 'env'], file: null, env: context.terminal.env });
  sources.push({ name: 'process.env', explanations: env.explainAll() });
  return { root, settings: describeSettings(config), sources, explanations: config.explainAll() };
}

interface IntroductionInput {
  readonly patient: Examination;
  /** Whether the file layer lives in a file, and not in another store. */
  readonly isFile: boolean;
  readonly cwd: string;
}

function* introduction(
  found: FoundDefinition,
  config: Config,
  { patient, isFile, cwd }: IntroductionInput,
): Generator<Finding> {
  const place =
    found.path === undefined ? found.definition.name : `./${relative(cwd, found.path)}`.replace('./../', '../');
  yield { status: 'ok', area: 'definition', message: `${place} (${count(patient.settings.length, 'setting')})` };
  const { location } = config;
  if (location !== undefined && isFile && !isThere(found.root, location)) {
    yield { status: 'ok', area: 'file', message: `${location} does not exist: nothing was set yet` };
  } else if (location !== undefined && ![...config.issues, ...config.warnings].some(({ code }) => UNREAD.has(code))) {
    const given = patient.explanations.filter(({ candidates }) => candidates.some(({ layer }) => layer === 'file'));
    yield { status: 'ok', area: 'file', message: `${location} (${count(given.length, 'setting')})` };
  }
  for (const { name, explanations } of patient.sources) {
    const given = explanations.filter(({ candidates }) => candidates.some(isVariable));
    yield { status: 'ok', area: 'env', message: `${name} (${count(given.length, 'setting')})` };
  }
}

/** The codes of a file layer that could not be read. */
const UNREAD: ReadonlySet<ErrorCode> = new Set(['CORRUPT', 'TOO_LARGE', 'UNAVAILABLE', 'STALE', 'GONE']);

/** What a reset kept beside the file because it could not be read, and a migration because it was of an older version. */
function leftovers(root: string, file: string): readonly Finding[] {
  const folder = dirname(resolve(root, file));
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name): readonly Finding[] => {
    const [, kind] = name.startsWith(`${basename(file)}.`) ? (/\.(invalid|version-\d+)-\d/.exec(name) ?? []) : [];
    if (kind === undefined) return [];
    const reason = kind === 'invalid' ? 'the file could not be read' : 'the file was migrated to another version';
    const path = join(dirname(file), name);
    const message = `${path} was kept when ${reason}; remove it when nothing in it is needed`;
    return [{ status: 'note', area: 'file', message }];
  });
}

const STYLES: Readonly<Record<Finding['status'], Style>> = {
  ok: 'green',
  note: 'cyan',
  fixed: 'green',
  warn: 'yellow',
  fail: 'red',
};

function findingsText(
  findings: readonly Finding[],
  lookedFor: readonly LookedForFile[],
  { paint, terminal }: Context,
): string {
  const statusWidth = Math.max(0, ...findings.map(({ status }) => status.length));
  const areaWidth = Math.max(0, ...findings.map(({ area }) => area.length));
  const indent = statusWidth + areaWidth + 4;
  const width = Math.max(NARROWEST_MESSAGE, widthOf(terminal.stdout) - indent);
  const lines = findings.flatMap(({ status, area, message, fix }) => {
    const text = message + (fix === undefined ? '' : `${/[.?!]$/.test(message) ? ' ' : '. '}${fix}`);
    const [first = '', ...rest] = wrap(printable(text), width);
    const head = `${paint(STYLES[status], status)}${' '.repeat(statusWidth - status.length)}  ${area.padEnd(areaWidth)}`;
    return [`${head}  ${first}`, ...rest.map((line) => ' '.repeat(indent) + line)];
  });
  const files = lookedFor.map(({ path, found }) => `${path} (${found ? 'found' : 'missing'})`).join(', ');
  const looked = wrap(`looked for  ${printable(files)}`, Math.max(NARROWEST_MESSAGE, widthOf(terminal.stdout)));
  return [...lines, ...(files === '' ? [] : looked)].join('\n');
}

const NARROWEST_MESSAGE = 30;
function isThere(root: string, path: string): boolean {
  return existsSync(resolve(root, path));
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
