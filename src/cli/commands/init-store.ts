import { type Context, EXIT, printJson } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export interface InitStoreOptions {
  readonly action: string;
  /** Prints the script of the store and changes nothing. */
  readonly printsSql: boolean;
}

/** Creates what the store of the definition needs on its server. */
export async function initStore(context: Context, { action, printsSql }: InitStoreOptions): Promise<number> {
  if (action !== 'init') throw new UsageError(`"${action}" is not an action of varve store`, 'Did you mean init?');
  const { definition } = await context.define();
  const { store } = definition;
  if (store === undefined) throw new UsageError(`${definition.name} has no store: its file needs nothing`);
  const { setup } = store;
  if (setup === undefined) context.note(`${store.name} needs nothing before its first write`);
  else if (printsSql) context.print(setup.script.trimEnd());
  else {
    await setup.run();
    if (context.json) printJson(context, { store: store.name });
    else context.print(`${store.name} is ready`);
  }
  return EXIT.ok;
}
