import type { Store } from '../../src/index.ts';
import type { StoreSubject } from '../../src/testing/index.ts';
import { type LinkProtocol, TcpLink } from './link.ts';
import { type ProxyKind, startNginx } from './nginx.ts';
import { ProxyServer } from './proxy-server.ts';

/** A server that is reached by way of nginx. */
export interface ProxiedServer {
  readonly kind: ProxyKind;
  readonly protocol: LinkProtocol;
  /** Its URL without nginx. */
  url(): string;
  open(document: string, url: string): Store;
}

/** The cases that need a proxy; in short, other subjects of the same store run the rest. */
export const WITHOUT_PROXY: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 25, 35, 36, 37];

/** Opens every document by way of nginx. The link that fails is between nginx and the server. */
export class NginxSubject {
  readonly #program: string;
  readonly #server: ProxiedServer;
  readonly #open: (ProxyServer | TcpLink)[] = [];
  #url = '';

  constructor(program: string, server: ProxiedServer) {
    this.#program = program;
    this.#server = server;
  }

  async start(): Promise<void> {
    this.#url = (await this.#proxy(this.#server.url())).url;
  }

  get subject(): Required<Pick<StoreSubject, 'open' | 'keepsHistory' | 'openOverLink' | 'openOverProxy'>> {
    const { url, open, protocol } = this.#server;
    return {
      open: (document) => open(document, this.#url),
      keepsHistory: true,
      openOverLink: async (document) => {
        const link = new TcpLink(protocol);
        this.#open.push(link);
        return { store: open(document, (await this.#proxy(await link.toUrl(url()))).url), link };
      },
      openOverProxy: async (document) => {
        const proxy = await this.#proxy(url());
        return { store: open(document, proxy.url), reload: () => proxy.reload() };
      },
    };
  }

  async remove(): Promise<void> {
    await Promise.all(this.#open.map((each) => (each instanceof ProxyServer ? each.remove() : each.close())));
  }

  async #proxy(target: string): Promise<ProxyServer> {
    const proxy = await startNginx(this.#program, target, this.#server.kind);
    this.#open.push(proxy);
    return proxy;
  }
}
