import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../faults/harness/folder.ts';
import { mountDisk } from '../faults/harness/mounts.ts';
import { Shell } from './shell.ts';

const DEFINITION = `export default { name: 'shop', settings: { note: { doc: '${'x'.repeat(70_000)}', default: '' } } };\n`;

describe('on a full disk', () => {
  test.for([
    ['docs', 'config.md'],
    ['schema', 'config.schema.json'],
  ])('varve %s -o leaves the old file, or none', async ([command = '', name = ''], context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    const shell = new Shell({ 'varve.config.mjs': DEFINITION });
    writeFileSync(join(disk, name), 'old');
    for (const path of [name, `new-${name}`]) {
      const { code, stderr } = await shell.run([command, '-o', join(disk, path)]);
      expect([code, stderr]).toEqual([5, expect.stringContaining('the disk is full')]);
    }
    expect([readdirSync(disk), readFileSync(join(disk, name), 'utf8')]).toEqual([[name], 'old']);
  });

  test('varve init leaves no empty file, which the next one would keep', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    spawnSync('sh', ['-c', `cat /dev/zero > '${join(disk, 'full')}' 2>/dev/null`]);
    const { code, stderr } = await new Shell({}).run(['init'], { cwd: disk });
    expect([code, stderr]).toEqual([5, expect.stringContaining('the disk is full')]);
    expect(readdirSync(disk)).toEqual(['full']);
  });
});
