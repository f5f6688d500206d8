import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '../command.ts';
import { isSameSchema, namedSchema, schemaText } from '../schema-text.ts';
import { readText } from '../text-file.ts';
import type { Finding } from './finding.ts';

/** Whether the JSON Schema that the file names is stale. */
export async function schemaFile(context: Context, file: string | undefined): Promise<readonly Finding[]> {
  const { definition, root } = await context.define();
  const name = file === undefined ? undefined : namedSchema(resolve(root, file));
  if (file === undefined || name === undefined) return [];
  const path = join(dirname(file), name);
  const fix = `Fix: varve schema -o ${path}`;
  const wrong = (message: string): Finding => ({ status: 'warn', area: 'schema', message: `${path}  ${message}`, fix });
  if (!existsSync(resolve(root, path))) return [wrong(`does not exist, but ${file} names it`)];
  return isSameSchema(readText(resolve(root, path)), schemaText(definition))
    ? [{ status: 'ok', area: 'schema', message: path }]
    : [wrong('is stale')];
}
