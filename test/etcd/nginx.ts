import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnServer } from '../contract/programs.ts';
import { reachable } from '../postgres/pooler.ts';
import { freePort } from './member.ts';

/** How nginx passes requests on. */
export type ProxyKind = 'grpc' | 'http1';

/** nginx before one member of a cluster. */
export class Nginx {
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
    const [http2, pass] = kind === 'grpc' ? [' http2', `grpc_pass grpc://${host}`] : ['', `proxy_pass http://${host}`];
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const config = `daemon off; pid ${folder}/pid; error_log ${folder}/logs/error.log; worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; ${paths.join(' ')}
  keepalive_requests 20;
  server {
    listen 127.0.0.1:${port}${http2};
    client_max_body_size 4m;
    location / { ${pass}; grpc_read_timeout 600s; grpc_send_timeout 600s; }
  }
}
`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'logs/error.log')];
    const nginx = spawnServer(program, args, { stdio: 'ignore' });
    await reachable(port);
    return new Nginx(`http://127.0.0.1:${port}`, folder, nginx);
  }

  /** New workers take over, and the old ones end their connections in order. */
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
