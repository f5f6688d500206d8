import 'server-only';
import { type Config, loadConfigSync } from 'varve';
import { definition } from './definition';

let loaded: Config<typeof definition.settings> | undefined;

/** Loads at the first request: `next build` imports every page, without the variables of production. */
export function config(): Config<typeof definition.settings> {
  loaded ??= loadConfigSync(definition, { argv: [] });
  return loaded;
}
