import type { CommandSpec } from '../command-spec.ts';
import { optionalText, text, texts, wholeNumber } from './options.ts';

/** The commands that serve the configuration until they are interrupted. */
export const SERVING: Readonly<Record<'ui' | 'mcp', CommandSpec>> = {
  ui: {
    usage: 'ui',
    describe: 'Show the layers of the configuration as a page in the browser',
    options: {
      port: { type: 'string', requiresArg: true, describe: 'The port on 127.0.0.1; a free one by default' },
      write: {
        type: 'boolean',
        default: false,
        describe: 'The page can edit the file; the diff is shown before it is saved',
      },
      open: { type: 'boolean', default: false, describe: 'Open the page in the browser' },
    },
    examples: [
      ['varve ui', 'Prints an address that works once'],
      ['varve ui --write --open', 'Opens the page, which can edit the file'],
    ],
    notes: 'Needs hono. Only this machine reaches it, and sensitive values never leave the process.',
    run: async (context, args) => {
      const { ui } = await import('../commands/ui.ts');
      const port = wholeNumber(optionalText(args, 'port') ?? '0');
      if (!(port <= 65_535)) {
        const { UsageError } = await import('../usage-error.ts');
        throw new UsageError('--port must be a port number', 'Use 0 to 65535.');
      }
      return ui(context, { port, canWrite: args['write'] === true, opens: args['open'] === true });
    },
  },
  mcp: {
    usage: 'mcp',
    describe: 'Serve the configuration to an assistant (Model Context Protocol, stdio)',
    options: {
      'allow-write': {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Settings that may be changed: optimizer.*, or ** for all; none unless given',
      },
      confirm: {
        type: 'string',
        choices: ['user', 'client'],
        default: 'user',
        requiresArg: true,
        describe: 'Who confirms a save: the user is asked, or the client decides',
      },
      'print-config': { type: 'boolean', default: false, describe: "Print what a client's configuration needs" },
    },
    examples: [
      ['varve mcp', 'Read-only: an assistant can ask, and explain'],
      ["varve mcp --allow-write 'optimizer.*' --allow-write log.level", 'It may change these, when the user confirms'],
      ['varve mcp --print-config', "For the client's configuration file, with the variables that are set here"],
    ],
    notes: 'Sensitive values never leave the process, and an assistant cannot change them.',
    run: async (context, args) => {
      const { mcp } = await import('../commands/mcp.ts');
      const confirm = text(args, 'confirm') === 'client' ? 'client' : 'user';
      return mcp(context, {
        allowWrite: texts(args, 'allow-write'),
        confirm,
        printConfig: args['print-config'] === true,
      });
    },
  },
};
