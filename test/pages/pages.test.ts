import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Block, blocksOf } from './blocks.ts';
import { type Project, project, ROOT } from './project.ts';

vi.setConfig({ testTimeout: 60_000 });

const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true }).map((name) => join('docs', String(name)));
const NAMES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...inDocs.filter((name) => name.endsWith('.md')).sort()];

/** What can be run; a block in another language is text. */
const RUN: Readonly<Record<string, (block: Block, at: Project, name: string) => void>> = {
  ts: program,
  js: program,
  sh: (block, at) => {
    const { status, stderr } = at.run('bash', ['--norc', '-euo', 'pipefail', '-c', block.text]);
    expect([status, stderr.replaceAll(/^npm notice.*\n/gm, '')]).toEqual([0, expect.any(String)]);
  },
  console: transcript,
};

/** A program prints what its comments behind `console.log` say. */
function program(block: Block, at: Project, name: string): void {
  at.write(name, `${block.before ?? ''}\n${block.text}`);
  const jiti = join(ROOT, 'node_modules/jiti/lib/jiti-cli.mjs');
  const { stdout, stderr } = at.run(process.execPath, name.endsWith('.ts') ? [jiti, name] : [name]);
  const said = [...block.text.matchAll(/^ *console\.log.*\/\/ (.*)$/gm)].map(([, text]) => `${text}\n`);
  expect({ stderr, stdout }).toEqual({ stderr: '', stdout: said.join('') });
}

/** Commands behind `$`, each with what it prints; a line `…` stands for any number of lines. */
function transcript({ text }: Block, at: Project): void {
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [, command = '', said = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(part) ?? [];
    const { stdout } = at.run('bash', ['--norc', '-c', `{ ${command}\n} 2>&1`]);
    if (!said.includes('…')) expect(stdout.trimEnd()).toBe(said.trimEnd());
    else
      expect(stdout).toMatch(
        new RegExp(
          `^${said
            .trimEnd()
            .split(/^ *….*$/m)
            .map(literal)
            .join('[^]*')}$`,
          'm',
        ),
      );
  }
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The packages that a page, or the example that it is of, uses beside `varve`. */
function packagesOf(page: string, blocks: readonly Block[]): readonly string[] {
  const code = blocks.map(({ before = '', text }) => before + text).join('\n');
  const imported = [...code.matchAll(/(?:from|require\(|import) ?'((?:@[\w.-]+\/)?[a-z][\w.-]*)/g)].map(
    ([, name]) => name,
  );
  const manifest = join(ROOT, dirname(page), 'package.json');
  const needed = page.includes('/examples/') && existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
  const names = new Set([...imported, ...Object.keys(needed.dependencies ?? {})] as string[]);
  return [...names].filter((name) => name !== 'varve' && existsSync(join(ROOT, 'node_modules', name)));
}

/** The pages that have something to run. */
const PAGES = NAMES.map((name) => {
  const blocks = blocksOf(readFileSync(join(ROOT, name), 'utf8'));
  return [name, blocks.filter(({ language, file }) => file !== undefined || Object.hasOwn(RUN, language))] as const;
}).filter(([, code]) => code.length > 0);

/** The TypeScript of all pages. */
const written: string[] = [];

const projects: Project[] = [];
afterAll(() => {
  for (const at of projects) at.remove();
});

describe.each(PAGES)('%s', (name, code) => {
  let at: Project;
  beforeAll(() => {
    at = project(packagesOf(name, code));
    projects.push(at);
    // The page of an example stands among its files.
    if (name.startsWith('docs/examples/')) cpSync(join(ROOT, dirname(name)), at.path, { recursive: true });
  });

  test.each(code.map((block) => [block.line, block] as const))('line %i', (line, block) => {
    const { language, file, reason, runAs, runBy } = block;
    if (reason !== undefined) return expect(reason).toMatch(/\w+ \w+/);
    if (runBy !== undefined) return expect(existsSync(join(ROOT, runBy)), runBy).toBe(true);
    const isProgram = language === 'ts' || language === 'js';
    const path = file ?? runAs ?? `line-${line}.${language === 'js' ? 'mjs' : 'ts'}`;
    if (isProgram && path.endsWith('.ts')) written.push(join(at.path, path));
    if (file !== undefined) return at.write(file, block.text);
    RUN[language]?.(block, at, path);
  });
});

// Once for all pages, as the compiler reads the types of the packages each time.
test('the TypeScript of the pages compiles', () => {
  expect(written.length).toBeGreaterThan(20);
  expect(projects[0]?.typeCheck(written)).toBe('');
});
