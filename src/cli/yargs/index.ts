export { type ConfigCommandOptions, configCommand } from './config-command.ts';
export { withFlags } from './with-flags.ts';
