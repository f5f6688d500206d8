import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { ConfigError, describeIssues, loadConfigSync } from 'varve';
import definition from './varve.config.mjs';

/** The exit code for a configuration that is not valid (sysexits.h), so that systemd need not try again. */
const EX_CONFIG = 78;

const config = load();
const { values } = config;
const server = createServer(answer);

server.listen(values.http.port, values.http.host, () => {
  const { address, port } = server.address();
  say('info', `listening at http://${address}:${port}`);
});
process.on('SIGTERM', () => server.close());

function load() {
  try {
    const loaded = loadConfigSync(definition);
    if (loaded.warnings.length > 0) process.stderr.write(`warning: ${describeIssues(loaded.warnings, loaded.name)}\n`);
    return loaded;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (values.log.requests) say('info', `${request.method} ${pathname}`);
  allowOrigin(request, response);
  if (pathname === '/hello') return send(response, 200, hello(searchParams.get('name') ?? 'world'));
  // Secrets are redacted here: what `explainAll` says may be shown to an operator.
  if (pathname === '/config') return send(response, 200, config.explainAll());
  return send(response, 404, { error: 'not found' });
}

function hello(name) {
  const text = values.greeting.replaceAll('{name}', () => name.slice(0, values.limits.nameLength));
  return { text, signature: createHmac('sha256', values.signing.key).update(text).digest('hex') };
}

function allowOrigin({ headers }, response) {
  if (values.origins.includes(headers.origin)) response.setHeader('access-control-allow-origin', headers.origin);
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function say(level, text) {
  const levels = ['error', 'info', 'debug'];
  if (levels.indexOf(level) <= levels.indexOf(values.log.level)) process.stdout.write(`${text}\n`);
}
