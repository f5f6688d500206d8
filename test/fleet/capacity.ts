import type { Propagation } from './propagation.ts';

const READERS = [1_000, 10_000, 100_000, 1_000_000];
const MEMBERS = 3;
/** Readers of one machine that follow the file that a relay keeps there. */
const PER_RELAY = 100;
/** The share of one core that watches may take while nothing is written, and the time in which a write reaches all. */
const MOST_IDLE = 0.5;
const MOST_SECONDS = 5;

/** What the run with the most watches means for more of them, if the cost of each stays what it is. */
export function capacity(measured: readonly Propagation[]): string {
  const most = measured.reduce((a, b) => (a.count > b.count ? a : b));
  const [memory, told, idle] = [most.memoryEach, most.processor / (most.count + most.others), most.idle / most.count];
  const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cells = (readers: number, watches: number): readonly string[] => {
    const each = watches / MEMBERS;
    const [seconds, share] = [(each * told) / 1_000, (each * idle) / 1_000];
    return [
      readers.toLocaleString('en'),
      watches.toLocaleString('en'),
      Math.ceil(each).toLocaleString('en'),
      `${((each * memory) / 1_024).toFixed(0)} MiB`,
      `${share.toFixed(2)} cores`,
      seconds < 1 ? `${(1_000 * seconds).toFixed(0)} ms` : `${seconds.toFixed(1)} s`,
      share <= MOST_IDLE && seconds <= MOST_SECONDS ? 'yes' : 'no',
    ];
  };
  const head = [
    'readers',
    'watches',
    'on each member',
    'its memory for them',
    'while nothing is written',
    'sending a write takes',
    'advisable',
  ];
  const table = (watchesOf: (readers: number) => number): string =>
    [
      row(...head),
      row(...head.map(() => '---')),
      ...READERS.map((readers) => row(...cells(readers, watchesOf(readers)))),
    ].join('\n');
  return [
    `These figures are calculated, not measured. They use the cost of ${most.count.toLocaleString('en')} watches on the server above: each watch takes ${memory.toFixed(0)} KiB`,
    `of memory, ${(1_000 * told).toFixed(0)} µs of processor time to send it a write of 2 KB, and ${(1_000 * idle).toFixed(0)} µs of processor time per second to prove that its state is`,
    'current (with a `staleMs` of 10 seconds; doubling that halves this cost). Three members share the watches; each member uses one core to send to them.',
    '',
    'Every reader watches the cluster:',
    '',
    table((readers) => readers),
    '',
    `A [relay](examples/relay/relay.mjs), a program that copies the document into a local file, runs on each machine, and ${PER_RELAY} readers on the machine watch that file:`,
    '',
    table((readers) => Math.ceil(readers / PER_RELAY)),
  ].join('\n');
}
