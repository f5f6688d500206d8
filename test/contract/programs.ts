import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The path of a program, or why there is none. */
export type Found = { readonly path: string } | { readonly reason: string };

/** Where a program comes from. */
interface Program {
  readonly name: string;
  /** The variable that names its path. */
  readonly env: string;
  /** Where it may be installed, besides the PATH. */
  readonly installed?: readonly string[];
  /** The packages of Debian that have it: the first that can be downloaded. */
  readonly packages: readonly string[];
  /** The release of Debian that has them, where it is not the installed one. */
  readonly suite?: string;
  /** The packages of libraries that it needs and that may be missing. */
  readonly libraries?: readonly string[];
  /** Its path inside such a package. */
  readonly packaged: RegExp;
  readonly versionFlag: string;
}

/** What tests keep for the next run. PostgreSQL does not run as root, so that others must be able to read it. */
export const CACHE: string =
  process.getuid?.() === 0
    ? '/var/cache/varve'
    : join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'varve');

const PROGRAMS = {
  etcd: { env: 'VARVE_ETCD', packages: ['etcd-server'], packaged: /^usr\/bin\/etcd$/, versionFlag: '--version' },
  etcd35: {
    env: 'VARVE_ETCD35',
    packages: ['etcd-server'],
    suite: 'trixie',
    packaged: /^usr\/bin\/etcd$/,
    versionFlag: '--version',
  },
  etcdctl: { env: 'VARVE_ETCDCTL', packages: ['etcd-client'], packaged: /^usr\/bin\/etcdctl$/, versionFlag: 'version' },
  getfattr: {
    env: 'VARVE_GETFATTR',
    packages: ['attr'],
    packaged: /^(usr\/)?bin\/getfattr$/,
    versionFlag: '--version',
  },
  setfattr: {
    env: 'VARVE_SETFATTR',
    packages: ['attr'],
    packaged: /^(usr\/)?bin\/setfattr$/,
    versionFlag: '--version',
  },
  nginx: { env: 'VARVE_NGINX', packages: ['nginx'], packaged: /^usr\/sbin\/nginx$/, versionFlag: '-v' },
  postgres: {
    env: 'VARVE_POSTGRES',
    installed: ['18', '17', '16', '15'].map((version) => `/usr/lib/postgresql/${version}/bin/postgres`),
    packages: ['postgresql-15', 'postgresql-17', 'postgresql-16'],
    packaged: /^usr\/lib\/postgresql\/\d+\/bin\/postgres$/,
    versionFlag: '--version',
  },
  pgbouncer: {
    env: 'VARVE_PGBOUNCER',
    packages: ['pgbouncer'],
    libraries: ['libevent-2.1-7', 'libc-ares2'],
    packaged: /^usr\/sbin\/pgbouncer$/,
    versionFlag: '--version',
  },
} as const satisfies Readonly<Record<string, Omit<Program, 'name'>>>;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * Finds a program by its variable, on the PATH, or in the cache of this user, where its package is unpacked: no service
 * starts, and nothing is installed.
 */
export function findProgram(name: ProgramName): Found {
  const program: Program = { name, ...PROGRAMS[name] };
  const given = process.env[program.env];
  if (given !== undefined && given !== '')
    return runs(given, program) ? { path: given } : { reason: `${program.env} is ${given}, which does not run` };
  for (const path of [...(program.installed ?? []), name]) if (runs(path, program)) return { path };
  const folder = join(CACHE, name);
  if (!existsSync(folder)) {
    const reason = download(program, folder);
    if (reason !== undefined) return { reason };
  }
  const path = join(folder, 'run');
  return runs(path, program) ? { path } : { reason: `${path} does not run` };
}

/** The folder in the cache of this user in which a package of Debian is unpacked, or why there is none. */
export function findPackage(name: string): Found {
  const path = join(CACHE, name);
  const program: Program = { name, env: '', packages: [name], packaged: /$^/, versionFlag: '' };
  const reason = existsSync(path) ? undefined : download(program, path);
  return reason === undefined ? { path } : { reason };
}

/** Whether the system can end a program when its parent ends, however that ends. */
const hasSetpriv = process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0;

/** Starts a server that does not outlive this process, where the system can see to that. */
export function spawnServer(path: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  if (!hasSetpriv) return spawn(path, args, options);
  return spawn('setpriv', ['--pdeathsig', 'SIGQUIT', '--', path, ...args], options);
}

function runs(path: string, { versionFlag }: Program): boolean {
  return spawnSync(path, [versionFlag], { timeout: 10_000 }).status === 0;
}

/** Returns why the package can't be had. */
function download({ name, packages, libraries = [], suite, packaged }: Program, target: string): string | undefined {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  const apt = (...args: readonly string[]): string | undefined =>
    run(folder, 'apt-get', ...(suite === undefined ? [] : listsOf(suite, folder)), ...args);
  const fetch = (): string | undefined => {
    const failures = packages.map((each) => () => apt('download', each, ...libraries));
    return failures.reduce<string | undefined>((failed, attempt) => (failed === undefined ? failed : attempt()), '');
  };
  try {
    let failed = fetch();
    // A new machine has no package lists yet.
    if (failed !== undefined && process.getuid?.() === 0 && apt('update') === undefined) failed = fetch();
    if (failed !== undefined) return `${name} is not installed, and ${failed}`;
    const unpacked = join(folder, 'unpacked');
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.deb'))) {
      const problem = run(folder, 'dpkg-deb', '-x', file, unpacked);
      if (problem !== undefined) return problem;
    }
    const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
    const path = files.find((file) => packaged.test(file));
    const libraryPath = [
      ...new Set(files.filter((file) => file.includes('.so')).map((file) => join(target, dirname(file)))),
    ];
    const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraryPath.join(':')}' exec '${join(target, path ?? name)}' "$@"\n`;
    writeFileSync(join(unpacked, 'run'), script, { mode: 0o755 });
    renameSync(unpacked, target);
    chmodSync(target, 0o755);
    return undefined;
  } catch (error) {
    // Another test was faster.
    return existsSync(target) ? undefined : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Options of apt for another release than the installed one, whose lists are in a folder of their own. */
function listsOf(suite: string, folder: string): readonly string[] {
  const parts = join(folder, 'sources');
  const [installed = ''] = readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8').split('\n\n');
  for (const name of [parts, join(folder, 'lists/partial'), join(folder, 'cache/archives/partial')])
    mkdirSync(name, { recursive: true });
  writeFileSync(join(parts, 'other.sources'), `${installed.replace(/^Suites:.*$/m, `Suites: ${suite}`)}\n`);
  const options = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': parts,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function run(cwd: string, command: string, ...args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  return status === 0 ? undefined : `\`${[command, ...args].join(' ')}\` failed: ${error?.message ?? stderr.trim()}`;
}
