import type { CommandSpec } from '../command-spec.ts';
import { CHECK, OUTPUT, optionalText, outputOf, text, texts } from './options.ts';

/** The commands that check the configuration, and write what other tools check it with. */
export const CHECKING: Readonly<Record<'validate' | 'doctor' | 'docs' | 'schema' | 'contract', CommandSpec>> = {
  validate: {
    usage: 'validate',
    describe: 'Check every layer and show every problem',
    options: {
      format: {
        type: 'string',
        choices: ['text', 'github'],
        default: 'text',
        requiresArg: true,
        describe: 'github prints annotations of GitHub Actions',
      },
      strict: { type: 'boolean', default: false, describe: 'Count warnings as problems' },
      'without-secrets': {
        type: 'boolean',
        default: false,
        describe: 'Accept that secrets are missing, as in CI',
      },
    },
    examples: [
      ['varve validate', 'Exit 3 if anything is wrong'],
      ['varve validate --strict --without-secrets', 'For CI, where no secrets are'],
      ['varve validate --format github', 'Problems as annotations of GitHub Actions'],
    ],
    run: async (context, args) => {
      const { validate } = await import('../commands/validate.ts');
      return validate(context, {
        format: text(args, 'format'),
        strict: args['strict'] === true,
        withoutSecrets: args['without-secrets'] === true,
      });
    },
  },
  doctor: {
    usage: 'doctor',
    describe: 'Find what may hurt: problems, overrides, permissions, secrets in git',
    options: {
      fix: {
        type: 'boolean',
        default: false,
        describe:
          'Repair what is safe: restrict access to files with secrets, rename deprecated keys, migrate a file of an older version',
      },
    },
    examples: [['varve doctor', 'Exit 1 if anything is not ok']],
    run: async (context, args) =>
      (await import('../commands/doctor.ts')).doctor(context, { fix: args['fix'] === true }),
  },
  docs: {
    usage: 'docs [files..]',
    describe: 'Write a reference, or files for .env, Kubernetes, systemd and docker',
    options: {
      format: {
        type: 'string',
        choices: ['markdown', 'env', 'configmap', 'secret', 'systemd', 'docker', 'python'],
        requiresArg: true,
        describe: 'The format; by default, the name of the file decides',
      },
      output: OUTPUT,
      check: CHECK,
    },
    examples: [
      ['varve docs -o docs/configuration.md', 'The reference'],
      ['varve docs -o .env.example', 'The variables, commented out'],
      ['varve docs -o k8s/config.yaml', 'A ConfigMap'],
      ['varve docs -o k8s/secret.yaml', 'A Secret with empty values'],
      ['varve docs -o app.service.d/varve.conf', 'A drop-in for systemd'],
      ['varve docs --format docker -o app.env', 'For docker run --env-file'],
      ['varve docs -o settings.py', 'Dataclasses, and a loader for VARVE_SNAPSHOT'],
      ['varve docs --check .env.example settings.py', 'For CI: exit 1 if one is stale'],
    ],
    notes: 'Values are the defaults, never those of this machine; secrets have none.',
    run: async (context, args) => {
      const { docs } = await import('../commands/docs.ts');
      return docs(context, { format: optionalText(args, 'format'), files: texts(args, 'files'), ...outputOf(args) });
    },
  },
  schema: {
    usage: 'schema',
    describe: 'The JSON Schema of the file: editors complete and check it',
    options: { output: OUTPUT, check: CHECK },
    examples: [
      ['varve schema -o config/app.schema.json', 'Then write "$schema": "./app.schema.json" into the file'],
      ['varve schema --check', 'For CI: exit 1 if the schema that the file names is stale'],
    ],
    run: async (context, args) => (await import('../commands/schema.ts')).schema(context, outputOf(args)),
  },
  contract: {
    usage: 'contract',
    describe: 'What changed for operators since an older definition',
    options: {
      against: {
        type: 'string',
        requiresArg: true,
        describe: 'The definition of the older release',
      },
    },
    examples: [
      ['git show v1.4:varve.config.mjs > old.mjs', 'The definition of the last release'],
      ['varve contract --against old.mjs', 'For CI: exit 1 if files, variables or flags stop working'],
    ],
    notes: 'A line with ! is a breaking change, one with ~ is not. The command runs the old definition.',
    run: async (context, args) => {
      const { contract } = await import('../commands/contract.ts');
      return contract(context, optionalText(args, 'against'));
    },
  },
};
