import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../etcd/member.ts';
import { reachable } from '../postgres/pooler.ts';
import { type Found, findPackage, spawnServer } from './programs.ts';

/** How nginx passes on what it gets: calls of gRPC, requests of HTTP/1.1, or bytes. */
export type ProxyKind = 'grpc' | 'http1' | 'stream';

/** Where Debian installs the module that passes bytes on. */
const STREAM_MODULE = 'usr/lib/nginx/modules/ngx_stream_module.so';

/** nginx before one server. */
export class Nginx {
  /** The URL of the server, by way of nginx. */
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, nginx: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = nginx;
  }

  static async start(program: string, target: string, kind: ProxyKind): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'varve-nginx-'));
    mkdirSync(join(folder, 'logs'));
    const port = await freePort();
    const { host } = new URL(target);
    writeFileSync(join(folder, 'nginx.conf'), configOf(kind, { folder, host, port }));
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'logs/error.log')];
    const nginx = spawnServer(program, args, { stdio: 'ignore' });
    await reachable(port);
    return new Nginx(target.replace(host, `127.0.0.1:${port}`), folder, nginx);
  }

  /** New workers take over, and the old ones end their connections: in order where the protocol permits it. */
  reload(): void {
    this.#process.kill('SIGHUP');
  }

  async remove(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Route {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

function configOf(kind: ProxyKind, route: Route): string {
  const { folder } = route;
  return `${kind === 'stream' ? `load_module ${streamModule()};` : ''}
daemon off; pid ${folder}/pid; error_log ${folder}/logs/error.log; worker_processes 1; worker_shutdown_timeout 1s;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
${kind === 'stream' ? streamConfig(route) : httpConfig(kind, route)}
`;
}

function streamConfig({ host, port }: Route): string {
  return `stream { server { listen 127.0.0.1:${port}; proxy_pass ${host}; proxy_timeout 600s; } }`;
}

function httpConfig(kind: 'grpc' | 'http1', { folder, host, port }: Route): string {
  const [http2, pass] = kind === 'grpc' ? [' http2', `grpc_pass grpc://${host}`] : ['', `proxy_pass http://${host}`];
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `http {
  access_log off; ${paths.join(' ')}
  keepalive_requests 20;
  server {
    listen 127.0.0.1:${port}${http2};
    client_max_body_size 4m;
    location / { ${pass}; grpc_read_timeout 600s; grpc_send_timeout 600s; }
  }
}`;
}

/** The module that passes bytes on, which Debian packs by itself. */
export function findStreamModule(): Found {
  const installed = `/${STREAM_MODULE}`;
  if (existsSync(installed)) return { path: installed };
  const found = findPackage('libnginx-mod-stream');
  return 'reason' in found ? found : { path: join(found.path, STREAM_MODULE) };
}

function streamModule(): string {
  const found = findStreamModule();
  if ('reason' in found) throw new Error(found.reason);
  return found.path;
}
