import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Built, buildCommandLine } from '../cli/built.ts';
import { DEFINITION, FILES, VARVE } from '../cli/golden.ts';
import { folder } from '../folder.ts';
import { ACCEPT, type Answered, assistant } from './assistant.ts';

const PAGE = fileURLToPath(new URL('../../docs/assistants.md', import.meta.url));
const [BEGIN, END] = ['<!-- begin of the conversation -->\n', '<!-- end of the conversation -->\n'];

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

/** Written anew with VARVE_WRITE_DOCS=1. */
test('the conversation in docs/assistants.md is what really comes', async () => {
  const at = folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });
  const before = at.read('config/app.json');
  const client = await assistant('1.x', {
    command: [process.execPath, built.main, 'mcp', '--allow-write', '*'],
    cwd: at.path,
    env: { RL_BATCH_SIZE_DAYS: '45' },
    reply: ACCEPT,
  });
  const lines: string[] = [];
  const user = (text: string): void => void lines.push(`**User:** ${text}\n`);
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Answered> => {
    const asked = client.asked.length;
    const answer = await client.call(name, args);
    const questions = client.asked
      .slice(asked)
      .map((question) => `[the client asks the user]\n${question}\n[the user ticks "Save these changes"]\n\n`);
    const shown = JSON.stringify(args).replaceAll('":', '": ').replaceAll(',"', ', "').replaceAll('},{', '}, {');
    lines.push(`\`${name}\` \`${shown}\`\n\n\`\`\`text\n${questions.join('')}${answer.text}\n\`\`\`\n`);
    return answer;
  };

  user('What is not at its default, and why is the batch size 45?');
  await call('get_config', { modified_only: true });
  await call('explain_config_value', { key: 'batch_size_days' });
  user('Make the batches 60 days, and trust only rules above 0.9.');
  const changes = [
    { key: 'batch_size_days', value: 60 },
    { key: 'trust_threshold', value: 0.9 },
  ];
  const drafted = await call('set_config_value', { changes });
  user('I see that the batch size stays 45 until the variable is gone. Save it.');
  const saved = await call('save_config', { revision: drafted.data['revision'] });
  expect(saved.isError).toBe(false);
  user('No, put both back.');
  const undone = await call('set_config_value', { changes: saved.data['undo'] });
  await call('save_config', { revision: undone.data['revision'] });
  expect(at.read('config/app.json')).toBe(before);

  const page = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [there = '', tail = ''] = rest.split(END);
  const text = `\n${lines.join('\n')}\n`;
  if (process.env['VARVE_WRITE_DOCS']) writeFileSync(PAGE, `${head}${BEGIN}${text}${END}${tail}`);
  else expect(there).toBe(text);
});
