import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import type { RefusedClient } from '../../src/testing/index.ts';
import { Authority, type Identity, tokensFor } from '../etcd/certificates.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { freePort } from '../etcd/member.ts';
import { QUICK } from '../etcd/subject.ts';
import { builtModule } from '../library.ts';
import { ETCD_LINK, TcpLink } from './link.ts';
import { contractOf, etcdOrSkip } from './store.ts';

const USER = { username: 'varve', password: 'correct horse' } as const;
/** Tokens end with a second of the clock: those of one second may have ended before they are used. */
const TOKEN_SECONDS = 3;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const program = etcdOrSkip();
if (program !== undefined) {
  let cluster: TestCluster;
  let folder: string;
  let secure: string;
  let authority: Authority;
  let otherAuthority: Authority;
  let client: Identity;
  let named: Identity;
  let stranger: Identity;
  const links: TcpLink[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'varve-tls-'));
    authority = new Authority(folder, 'authority');
    otherAuthority = new Authority(folder, 'other');
    client = authority.issue('client', '/O=varve');
    named = authority.issue('named', `/CN=${USER.username}`);
    stranger = authority.issue('stranger');
    const server = authority.issue('server');
    secure = `https://127.0.0.1:${await freePort()}`;
    cluster = await TestCluster.start(program, 1, {
      listen: [secure],
      args: [
        ...['--cert-file', server.certPath, '--key-file', server.keyPath, '--trusted-ca-file', authority.path],
        // As cheap as it gets: with tokens of a second, passwords are checked all the time.
        ...['--client-cert-auth', '--auth-token', tokensFor(folder, TOKEN_SECONDS), '--bcrypt-cost', '4'],
      ],
    });
    await permit();
  }, 60_000);

  /** One user that may, one that may not, and no other. */
  async function permit(): Promise<void> {
    const users: readonly (readonly [string, string, string])[] = [
      ['root', 'r00t', 'root'],
      [USER.username, USER.password, 'contract'],
      ['visitor', 'nothing', 'none'],
    ];
    for (const [name, password, role] of users) {
      await cluster.ask('/v3/auth/user/add', { name, password });
      await cluster.ask('/v3/auth/role/add', { name: role });
      await cluster.ask('/v3/auth/user/grant', { user: name, role });
    }
    const all = { permType: 'READWRITE', key: base64('/contract/'), range_end: base64('/contract0') };
    await cluster.ask('/v3/auth/role/grant', { name: 'contract', perm: all });
    await cluster.ask('/v3/auth/enable', {});
  }

  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const tls = () => ({ ca: authority.pem, cert: client.cert, key: client.key });
  const options = (document: string): EtcdOptions => ({
    ...QUICK,
    ...USER,
    endpoint: secure,
    tls: tls(),
    key: document,
  });

  async function overLink({ endpoint = secure, ...rest }: EtcdOptions) {
    const link = new TcpLink(ETCD_LINK);
    links.push(link);
    return { link, store: etcd({ ...rest, endpoint: await link.toUrl(endpoint) }) };
  }

  async function refused(because: string, given: EtcdOptions): Promise<RefusedClient> {
    const { link, store } = await overLink(given);
    return { because, store, knocks: () => Math.max(link.connections, link.requests) };
  }

  test('the name of a certificate is a user where no password is given', async () => {
    const certificate = { ca: authority.pem, cert: named.cert, key: named.key };
    const store = etcd({ ...QUICK, endpoint: secure, tls: certificate, key: 'contract/certificate' });
    expect(await store.write('{}', { expect: 'absent', id: '1' })).toMatchObject({ ok: true });
    await store.close();
  });

  contractOf(
    {
      open: (document) => etcd(options(document)),
      keepsHistory: true,
      opening: (document) => ({
        module: builtModule('varve/etcd'),
        name: 'etcd',
        args: [options(document)],
      }),
      openOverLink: (document) => overLink(options(document)),
      openWithToken: async (document) => ({
        store: etcd(options(document)),
        expiresAfter: 1_000 * TOKEN_SECONDS + 100,
      }),
      refused: async (document) => {
        const [endpoint = ''] = cluster.endpoints;
        const plain: EtcdOptions = { ...QUICK, endpoint, key: document };
        return [
          await refused('wrong password', { ...plain, ...USER, password: 'wrong' }),
          await refused('no user', plain),
          await refused('a user without the role', { ...plain, username: 'visitor', password: 'nothing' }),
          await refused('a foreign authority', { ...options(document), tls: { ...tls(), ca: otherAuthority.pem } }),
          await refused('a certificate of an unknown user', {
            ...QUICK,
            endpoint: secure,
            key: document,
            tls: { ...tls(), cert: stranger.cert, key: stranger.key },
          }),
          await refused('no certificate', { ...options(document), tls: { ca: authority.pem } }),
        ];
      },
    },
    [9, 19, 23, 24, 25],
  );
}
