import { relative, resolve } from 'node:path';
import { shellWord } from '../../words/shell.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { contractChanges } from '../contract.ts';
import { type ContractChange, foldSiblings } from '../contract-change.ts';
import { findDefinition } from '../find-definition.ts';
import { UsageError } from '../usage-error.ts';

/** Lists what changed for operators since an older definition. Exit 1 if something breaks. */
export async function contract(context: Context, against: string | undefined): Promise<number> {
  if (against === undefined) {
    throw new UsageError('contract needs the definition of an older release', 'Write: varve contract --against PATH');
  }
  const { terminal } = context;
  const { definition, path } = await context.define();
  const remedy = `Write it first, such as: git show v1.4:varve.config.mjs > ${shellWord(against)}`;
  const older = await findDefinition({ path: against, terminal, onlyKnown: false, remedy });
  const changes = contractChanges(older.definition, definition);
  const breaking = changes.filter((change) => change.breaking).length;
  if (context.json) printJson(context, { against, breaks: breaking > 0, changes });
  else if (changes.length > 0)
    context.print(
      foldSiblings(changes)
        .map((change) => line(context, change))
        .join('\n'),
    );
  const name = path === undefined ? definition.name : relative(terminal.cwd, path) || path;
  if (!context.json)
    context.note(
      summary(changes.length, breaking, { name, against: relative(terminal.cwd, resolve(terminal.cwd, against)) }),
    );
  return breaking > 0 ? EXIT.no : EXIT.ok;
}

function line({ paint }: Context, { key, change, breaking }: ContractChange): string {
  const text = `${breaking ? '!' : '~'} ${key === undefined ? change : `${key} ${change}`}`;
  return breaking ? paint('red', text) : text;
}

function summary(
  changes: number,
  breaking: number,
  names: { readonly name: string; readonly against: string },
): string {
  if (changes === 0) return `varve: nothing changed for operators since ${names.against}`;
  const counted = changes === 1 ? '1 change' : `${changes} changes`;
  return `varve: ${counted} since ${names.against}, ${breaking} of them breaking`;
}
