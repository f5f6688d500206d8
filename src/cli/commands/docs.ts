import { basename } from 'node:path';
import type { Definition } from '../../index.ts';
import { describeGroups, fileOf } from '../../tools.ts';
import type { Context } from '../command.ts';
import { checkDocuments, type DocumentOptions, deliverDocument } from '../deliver-document.ts';
import { type DocumentedSettings, documentedSettings } from '../docs/documented-variable.ts';
import { UsageError } from '../usage-error.ts';

export interface DocsOptions extends DocumentOptions {
  /** `markdown`, `env`, `configmap`, `secret`, `systemd`, `docker` or `python`; by default the one of the file's name. */
  readonly format: string | undefined;
  /** More files to check. */
  readonly files: readonly string[];
}

/** A document that the definition alone decides: defaults, never the values of this machine, and never a secret. */
export async function docs(context: Context, { format, files, ...options }: DocsOptions): Promise<number> {
  const { definition } = await context.define();
  const { check, output } = options;
  if (check === undefined && files.length > 0) throw new UsageError(`unexpected argument "${files[0]}"`, CHECK_SEVERAL);
  const textFor = (path: string | undefined): Promise<string> => documentOf(definition, format ?? formatOf(path));
  const checked = [check || output, ...files].filter((path) => path !== undefined);
  if (check === undefined || checked.length === 0) return deliverDocument(context, await textFor(output), options);
  return checkDocuments(context, await Promise.all(checked.map(async (path) => ({ path, text: await textFor(path) }))));
}

const CHECK_SEVERAL = 'Several files can be checked: varve docs --check FILE FILE';

async function documentOf(definition: Definition, format: string): Promise<string> {
  const { name, dotenv } = definition;
  if (format === 'python') {
    return (await import('../docs/python.ts')).pythonModule({ name, root: describeGroups(definition) });
  }
  const file = fileOf(definition, {});
  const write = await writerOf(format);
  const settings = documentedSettings(definition);
  return write({
    name,
    file: file instanceof URL ? undefined : file,
    settings,
    ...(dotenv !== undefined && { dotenv }),
  });
}

/** The format that the name of a file asks for: a reference is never written over an `.env.example` by mistake. */
function formatOf(path: string | undefined): string {
  const name = basename(path ?? '');
  if (path === undefined || /\.(?:md|mdx|markdown)$/.test(name)) return 'markdown';
  if (/\.ya?ml$/.test(name)) return /secret/i.test(name) ? 'secret' : 'configmap';
  if (name.endsWith('.conf')) return 'systemd';
  if (name.endsWith('.py')) return 'python';
  if (name.startsWith('.env')) return 'env';
  if (name.endsWith('.env')) {
    throw new UsageError(`${name} may be for dotenv or for docker`, 'Write: --format env, or: --format docker');
  }
  throw new UsageError(
    `no format has files with the name ${name}: they are *.md, .env*, *.yaml, *.conf or *.py`,
    'Write: --format markdown, env, configmap, secret, systemd, docker or python',
  );
}

async function writerOf(format: string): Promise<(documented: DocumentedSettings) => string> {
  switch (format) {
    case 'env':
      return (await import('../docs/dotenv.ts')).dotenvExample;
    case 'configmap':
      return (await import('../docs/configmap.ts')).configMap;
    case 'secret':
      return (await import('../docs/configmap.ts')).secretManifest;
    case 'systemd':
      return (await import('../docs/systemd.ts')).systemdDropIn;
    case 'docker':
      return (await import('../docs/docker.ts')).dockerEnvFile;
    default:
      return (await import('../docs/markdown.ts')).markdownReference;
  }
}
