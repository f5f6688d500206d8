import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../etcd/member.ts';
import { type Found, findPackage, spawnServer } from './programs.ts';
import { ProxyServer, reachable } from './proxy-server.ts';

/** How nginx passes on what it gets: calls of gRPC, requests of HTTP/1.1, or bytes. */
export type ProxyKind = 'grpc' | 'http1' | 'stream';

/** Where Debian installs the module that passes bytes on. */
const STREAM_MODULE = 'usr/lib/nginx/modules/ngx_stream_module.so';

/** Starts nginx before the server `target`. */
export async function startNginx(program: string, target: string, kind: ProxyKind): Promise<ProxyServer> {
  const folder = mkdtempSync(join(tmpdir(), 'varve-nginx-'));
  mkdirSync(join(folder, 'logs'));
  const port = await freePort();
  const { host } = new URL(target);
  writeFileSync(join(folder, 'nginx.conf'), configOf(kind, { folder, host, port }));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'logs/error.log')];
  const process = spawnServer(program, args, { stdio: 'ignore' });
  await reachable(port);
  return new ProxyServer({ url: target.replace(host, `127.0.0.1:${port}`), folder, process, endSignal: 'SIGTERM' });
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
