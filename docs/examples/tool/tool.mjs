#!/usr/bin/env node
// greet NAME [-n TIMES] · greet config list|get|set|unset|explain|reset|validate
import { ConfigError, loadConfig } from 'varve';
import { configCommand, withFlags } from 'varve/cli';
import yargs from 'yargs';
import definition from './varve.config.mjs';

const program = yargs(process.argv.slice(2)).scriptName('greet').usage('$0 NAME').locale('en').strict();

/** A mistake in the command line, found by yargs. */
class UsageError extends Error {}

try {
  await withFlags(program, definition)
    .command(configCommand(definition))
    .command('$0 <name>', 'Greets a person', {}, async ({ name }) => {
      const { greeting, times } = (await loadConfig(definition)).values;
      for (let i = 0; i < times; i += 1) process.stdout.write(`${greeting}, ${name}!\n`);
    })
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    })
    .parseAsync();
} catch (error) {
  const isConfigError = error instanceof ConfigError;
  if (!isConfigError && !(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = isConfigError ? 3 : 2;
}
