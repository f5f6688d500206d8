import { plainName } from '../docs/documented-variable.ts';
import type { Draft } from './draft.ts';

/** A first definition, to be changed: one setting of each kind that most programs have. */
export function example(name: string, file: string): Draft {
  const prefix = plainName(name).replaceAll('-', '_').toUpperCase();
  return {
    name,
    file,
    envPrefix: /^[A-Z]/.test(prefix) ? prefix : `APP_${prefix}`,
    dotenv: true,
    settings: {
      port: { doc: 'Port that the server listens on', format: 'port', default: 8080 },
      log: {
        level: { doc: 'Lowest severity that is logged', format: ['debug', 'info', 'warn', 'error'], default: 'info' },
      },
      api: {
        token: { doc: 'Token for the API; given by the environment', format: String, sensitive: true, default: '' },
      },
    },
    guesses: [],
  };
}
