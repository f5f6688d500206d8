/** A fenced block of a page, with the marks in the comments before it. */
export interface Block {
  /** The line of its opening fence. */
  readonly line: number;
  /** The words behind the fence, without a tab's title: `ts`, or `ts signature`. */
  readonly language: string;
  readonly text: string;
  /** The file that it is, by `<!-- file: NAME -->`. */
  readonly file?: string;
  /** Code that a reader need not see, by `<!-- before: CODE -->`. */
  readonly before?: string;
  /** Why it is not run, by `<!-- not run: REASON -->`. */
  readonly reason?: string;
  /** The name under which it is run, by `<!-- run as: NAME -->`. */
  readonly runAs?: string;
  /** The test that runs it, by `<!-- run by: PATH -->`. */
  readonly runBy?: string;
}

const MARKS = { file: 'file', before: 'before', 'not run': 'reason', 'run as': 'runAs', 'run by': 'runBy' } as const;

const isMark = (name: string | undefined): name is keyof typeof MARKS =>
  name !== undefined && Object.hasOwn(MARKS, name);

/** The blocks of a page in their order. A comment counts for the block right below it. */
export function blocksOf(page: string): readonly Block[] {
  const lines = page.split('\n');
  const blocks: Block[] = [];
  let marks: Record<string, string> = {};
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence) {
      const end = lines.indexOf(`${fence[1]}\`\`\``, i + 1);
      const text = lines.slice(i + 1, end).map((inner) => `${inner}\n`.slice((fence[1] as string).length) || '\n');
      blocks.push({
        line: i + 1,
        language: (fence[2] as string).replace(/ \[.*\]$/, '').trim(),
        text: text.join(''),
        ...marks,
      });
      i = end;
      marks = {};
    } else if (line.startsWith('<!--')) {
      const end = lines.findIndex((_, at) => at >= i && (lines[at] as string).endsWith('-->'));
      const comment = lines
        .slice(i, end + 1)
        .join('\n')
        .slice('<!--'.length, -'-->'.length)
        .trim();
      const [, name, value = ''] = /^([a-z ]+):\s(.*)$/s.exec(comment) ?? [];
      if (isMark(name)) marks = { ...marks, [MARKS[name]]: value };
      i = end;
    } else if (line.trim() !== '') marks = {};
  }
  return blocks;
}
