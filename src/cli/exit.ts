/** The exit codes; `docs/cli.md` lists what each means. */
export const EXIT = {
  ok: 0,
  no: 1,
  usage: 2,
  invalid: 3,
  refused: 4,
  io: 5,
  bug: 70,
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
} as const;
