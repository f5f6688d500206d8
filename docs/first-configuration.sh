#!/usr/bin/env bash
# A first configuration: from an empty folder to settings that are checked, explained and documented.
# Run it in an empty folder, or type it line by line; the test suite does the former.
set -euxo pipefail

# A project with varve in it.
npm init --yes > package.log
[ -d node_modules/varve ] || npm install varve

# An example to begin with: the definition (varve.config.mjs), the file that is written, and an .env.example.
npx varve init --language js --name trainer
npx varve list

# A setting of our own: a definition is a module, so any editor will do.
cat > varve.config.mjs <<'DEFINITION'
import { defineConfig } from 'varve';

export default defineConfig({
  name: 'trainer',
  file: 'config/trainer.json',
  envPrefix: 'TRAINER',
  dotenv: true,
  settings: {
    batch_size_days: { doc: 'Days of history in one training batch', format: 'nat', default: 30 },
    trust_threshold: { doc: 'Least trust that a rule needs', format: Number, min: 0, max: 1, default: 0.7 },
    log: { level: { doc: 'Lowest severity that is logged', format: ['debug', 'info', 'warn'], default: 'info' } },
    tracker: { token: { doc: 'Token of the tracker', format: String, sensitive: true, default: '' } },
  },
});
DEFINITION

# Values go into the file, all or none of them; a secret is read from standard input, so that the list of processes does not show it.
npx varve set batch_size_days=90 log.level=debug
echo "a secret" | npx varve set tracker.token --stdin
npx varve get batch_size_days

# A value that does not fit is refused (exit 3), and a name that is misspelt gets the nearest one (exit 2).
npx varve set trust_threshold 7 || [ $? -eq 3 ]
npx varve get trust_treshold || [ $? -eq 2 ]

# The environment wins over the file, a flag over both; explain says which did, and what would be without it.
TRAINER_BATCH_SIZE_DAYS=45 npx varve explain batch_size_days -- --batch-size-days 60

# How the file differs from the defaults (exit 1: it does).
npx varve diff || [ $? -eq 1 ]

# Every problem, in every layer, with its location (exit 3).
TRAINER_LOG__LEVEL=loud npx varve validate || [ $? -eq 3 ]
npx varve validate

# Documents that varve writes: the reference, an example of .env, and the schema by which editors complete the file.
npx varve docs -o docs/configuration.md
npx varve docs --format env -o .env.example
npx varve schema -o config/trainer.schema.json

# For CI: they are what the definition says.
npx varve docs --check docs/configuration.md
npx varve docs --format env --check .env.example
npx varve schema --check config/trainer.schema.json

# A program reads typed values, and no secret is printed by accident.
cat > train.mjs <<'PROGRAM'
import { loadConfig } from 'varve';
import definition from './varve.config.mjs';

const config = await loadConfig(definition);
console.log(`training on ${config.values.batch_size_days} days, log level ${config.values.log.level}`);
console.log(String(config));
PROGRAM
node train.mjs
node train.mjs --batch-size-days 7

# A program in any language gets every setting as its variable, and only if the configuration is valid.
npx varve run --set log.level=warn -- sh -c 'echo "days: $TRAINER_BATCH_SIZE_DAYS, level: $TRAINER_LOG__LEVEL"'

# What may hurt later.
npx varve doctor
