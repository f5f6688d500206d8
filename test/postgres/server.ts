import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import { postgresTables } from '../../src/stores/postgres.ts';
import { CACHE, spawnServer } from '../contract/programs.ts';
import type { Identity } from '../etcd/certificates.ts';
import { freePort } from '../etcd/member.ts';

/** PostgreSQL refuses to run as root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 } as const;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? UNPRIVILEGED : {};
const run = promisify(execFile);

/** How a server is started. */
export interface ServerOptions {
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Turns TLS on. */
  readonly identity?: Identity;
  /** Lines of pg_hba.conf before the one that trusts everybody. */
  readonly access?: readonly string[];
  /** Keeps the data in a memory disk of this size in MB, which only root can do. */
  readonly diskMb?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of its own, with its data in a temporary folder. */
export class PostgresServer {
  readonly port: number;
  readonly folder: string;
  readonly #programs: string;
  readonly #options: ServerOptions;
  #process: ChildProcess | undefined;
  readonly #end = (): void => void this.#process?.kill('SIGQUIT');

  private constructor(postgres: string, port: number, options: ServerOptions) {
    this.#programs = postgres.includes('/') ? `${dirname(postgres)}/` : '';
    this.port = port;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'varve-postgres-'));
    const { diskMb } = options;
    if (diskMb) spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'varve', this.folder]);
    chmodSync(this.folder, 0o755);
    if (isRoot) chownSync(this.folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    process.on('exit', this.#end);
  }

  static async start(postgres: string, options: ServerOptions = {}): Promise<PostgresServer> {
    const server = new PostgresServer(postgres, await freePort(), options);
    await server.#initialise();
    await server.start();
    await server.query(postgresTables());
    return server;
  }

  /** A replica that follows this server. */
  async replica(postgres: string): Promise<PostgresServer> {
    const replica = new PostgresServer(postgres, await freePort(), this.#options);
    const from = ['-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'postgres'];
    await replica.#run('pg_basebackup', ...from, '-D', replica.#data, '-R', '-X', 'stream', '--no-sync', '-c', 'fast');
    await replica.start();
    return replica;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.folder,
      max_connections: 200,
      ...this.#options.settings,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    for (const end = performance.now() + 60_000; ; await pause(50)) {
      if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) {
        // Processes of a killed server may still hold its memory.
        const log = openSync(join(this.folder, 'log'), 'a');
        const env = { ...process.env, ...this.#options.env };
        const options = { stdio: ['ignore', log, log] as ['ignore', number, number], env, ...user };
        this.#process = spawnServer(`${this.#programs}postgres`, ['-D', this.#data, ...args], options);
        closeSync(log);
      }
      if (await this.#isHealthy()) return;
      if (performance.now() > end)
        throw new Error(`postgres did not start:\n${readFileSync(join(this.folder, 'log'), 'utf8').slice(-2_000)}`);
    }
  }

  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  async restart(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  async promote(): Promise<void> {
    await this.query('SELECT pg_promote(true, 30)');
  }

  /** Stops or resumes the server and its children: connections stay, and nothing answers. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    spawnSync('pkill', [`-${signal.slice(3)}`, '-P', `${this.pid}`]);
    this.#process?.kill(signal);
  }

  /** Starts again without data, as another server. */
  async wipe(): Promise<void> {
    await this.stop('SIGQUIT');
    rmSync(this.#data, { recursive: true });
    await this.#initialise({ isAnother: true });
    await this.start();
    await this.query(postgresTables());
  }

  /** Runs a statement as the superuser. */
  async query<R extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<R>(text, values.length === 0 ? undefined : [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Writes a document past the store. */
  async put(document: string, bytes: Uint8Array): Promise<void> {
    const text = `INSERT INTO varve_documents (name, text) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET text = excluded.text`;
    await this.query(text, [document, Buffer.from(bytes)]);
  }

  async remove(): Promise<void> {
    await this.stop('SIGQUIT');
    process.off('exit', this.#end);
    if (this.#options.diskMb) spawnSync('umount', [this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  /** Makes the data folder: as a copy where it need not be of another server than all before. */
  async #initialise({ isAnother = false } = {}): Promise<void> {
    const { stdout } = await run(`${this.#programs}postgres`, ['--version']);
    const template = join(CACHE, `postgres-data${stdout.replace(/[^\d.]+/g, '-')}`);
    if (!isAnother && existsSync(template)) await run('cp', ['-a', template, this.#data]);
    else await this.#run('initdb', '-D', this.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N');
    if (!existsSync(template)) await this.#keep(template);
    const access = ['local all all trust', ...(this.#options.access ?? []), 'host all all 127.0.0.1/32 trust'];
    const replication = 'host replication all 127.0.0.1/32 trust';
    writeFileSync(join(this.#data, 'pg_hba.conf'), `${[...access, replication].join('\n')}\n`);
    const { identity } = this.#options;
    if (!identity) return;
    appendFileSync(join(this.#data, 'postgresql.conf'), 'ssl = on\n');
    for (const [name, text] of [
      ['server.crt', identity.cert],
      ['server.key', identity.key],
    ] as const) {
      writeFileSync(join(this.#data, name), text, { mode: 0o600 });
      if (isRoot) chownSync(join(this.#data, name), UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    }
  }

  async #keep(template: string): Promise<void> {
    mkdirSync(CACHE, { recursive: true });
    const copy = mkdtempSync(`${template}-`);
    await run('cp', ['-a', this.#data, join(copy, 'data')]);
    try {
      renameSync(join(copy, 'data'), template);
    } catch (error) {
      // Another test was faster.
      if (!existsSync(template)) throw error;
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  async #run(program: string, ...args: readonly string[]): Promise<void> {
    await run(`${this.#programs}${program}`, args, user);
  }

  async #isHealthy(): Promise<boolean> {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
