import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOf } from '../../tools.ts';
import type { Context } from '../command.ts';
import { type DocumentOptions, deliverDocument } from '../deliver-document.ts';
import { isSameSchema, namedSchema, schemaText } from '../schema-text.ts';
import { UsageError } from '../usage-error.ts';

/** Writes or checks the JSON Schema of the file. `--check` alone checks the schema that the file names. */
export async function schema(context: Context, { output, check }: DocumentOptions): Promise<number> {
  const named = check === '' && output === undefined ? await namedByFile(context) : undefined;
  if (check === '' && (output ?? named) === undefined)
    throw new UsageError(
      'the file names no schema',
      'Write it as "$schema" into the file, or: varve schema --check FILE',
    );
  const { definition } = await context.define();
  return deliverDocument(context, schemaText(definition), { output: output ?? named, check, isSame: isSameSchema });
}

async function namedByFile({ define, file, terminal }: Context): Promise<string | undefined> {
  const { definition, root } = await define();
  const settings = file ?? fileOf(definition, terminal.env);
  if (settings === undefined) return undefined;
  const path = settings instanceof URL ? fileURLToPath(settings) : resolve(root, settings);
  const named = namedSchema(path);
  return named === undefined ? undefined : relative(terminal.cwd, join(dirname(path), named));
}
