import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as files and as PEM. */
export interface Identity {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority with its own folder, by openssl. */
export class Authority {
  readonly path: string;
  readonly pem: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    const { certPath } = this.#paths(name);
    this.#openssl('req', '-x509', ...this.#new(name, `/CN=${name}`), '-out', certPath, '-days', '2');
    this.path = certPath;
    this.pem = readFileSync(certPath, 'utf8');
  }

  /** A certificate for a server at 127.0.0.1 or a client; the gateway is a client of its own server. */
  issue(name: string, subject: string = `/CN=${name}`): Identity {
    const { certPath, keyPath } = this.#paths(name);
    const request = join(this.#folder, `${name}.csr`);
    const extensions = join(this.#folder, `${name}.ext`);
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
    this.#openssl('req', ...this.#new(name, subject), '-out', request);
    const signer = this.#paths(this.#name);
    const by = ['-CA', signer.certPath, '-CAkey', signer.keyPath, '-CAcreateserial'];
    this.#openssl('x509', '-req', '-in', request, ...by, '-out', certPath, '-days', '2', '-extfile', extensions);
    return { certPath, keyPath, cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  }

  #new(name: string, subject: string): readonly string[] {
    const { keyPath } = this.#paths(name);
    return [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      keyPath,
      '-subj',
      subject,
    ];
  }

  #paths(name: string): { readonly certPath: string; readonly keyPath: string } {
    return { certPath: join(this.#folder, `${name}.pem`), keyPath: join(this.#folder, `${name}.key`) };
  }

  #openssl(...args: readonly string[]): void {
    const { status, error, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${error?.message ?? stderr}`);
  }
}

/** How `etcd` signs tokens that end after `seconds`, however often they are used. */
export function tokensFor(folder: string, seconds: number): string {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const [pub, priv] = [join(folder, 'token.pub'), join(folder, 'token.key')];
  writeFileSync(pub, publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(priv, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return `jwt,pub-key=${pub},priv-key=${priv},sign-method=RS256,ttl=${seconds}s`;
}
