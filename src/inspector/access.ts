import { randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may use an inspector. */
export interface Access {
  /** Why a request is refused, as a response; `undefined` if it may go on. */
  refuse(request: Request): Response | undefined;
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** The same response with the headers that keep other pages out. */
export function withSecurityHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

/** Refuses every `Host` that is not in the list, and every request that another site's page sends. */
export function hostAccess(isHost: (host: string) => boolean): Access {
  return {
    refuse: (request) => {
      const host = request.headers.get('host') ?? new URL(request.url).host;
      if (!isHost(host)) return text(421, 'This host is not served here.');
      const origin = request.headers.get('origin');
      const isForeign = origin !== null && origin !== `http://${host}` && origin !== `https://${host}`;
      const site = request.headers.get('sec-fetch-site');
      const isCross = site !== null && site !== 'same-origin' && site !== 'none';
      const isUnsafe = request.method !== 'GET' && request.method !== 'HEAD';
      // A link from another page may open the inspector, which then shows nothing without the cookie.
      const isNavigation = request.headers.get('sec-fetch-mode') === 'navigate' && !isUnsafe;
      if (isForeign || (isCross && !isNavigation) || (isUnsafe && origin === null))
        return text(403, 'Requests from other origins are refused.');
      return undefined;
    },
  };
}

/** Whether a `Host` header names this machine itself, on any port. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

/** The name of the cookie; browsers share cookies between the ports of a host, so each port has its own. */
function cookieName(request: Request): string {
  return `varve_inspector_${/\d+$/.exec(request.headers.get('host') ?? '')?.[0] ?? ''}`;
}

/**
 * Lets in one browser: the token of the address works once and is exchanged for a cookie that scripts cannot read and other
 * sites cannot send. Browsers send cookies to every port of a host, so that a server of another user would get it: the path
 * that the cookie is for is a secret too.
 */
export class TokenAccess implements Access {
  readonly #host: Access;
  readonly #session = secret();
  readonly #path = `/${secret()}/`;
  #token: string | undefined = secret();

  constructor(isHost: (host: string) => boolean) {
    this.#host = hostAccess(isHost);
  }

  /** The address to open; it works once. */
  address(base: string): string {
    return `${base}/?token=${this.#token ?? ''}`;
  }

  refuse(request: Request): Response | undefined {
    const refusal = this.#host.refuse(request);
    if (refusal) return refusal;
    const token = new URL(request.url).searchParams.get('token');
    if (token !== null && request.method === 'GET') return this.#exchange(token, cookieName(request));
    if (isSame(cookieOf(request), this.#session)) return undefined;
    return text(
      401,
      'Open the address that varve ui printed. Its token works once: start varve ui again for a new one.',
    );
  }

  #exchange(token: string, name: string): Response {
    if (!isSame(token, this.#token))
      return text(401, 'This token was used already, or is wrong. Start varve ui again.');
    this.#token = undefined;
    const cookie = `${name}=${this.#session}; HttpOnly; SameSite=Strict; Path=${this.#path}`;
    return new Response(null, { status: 303, headers: { location: this.#path, 'set-cookie': cookie } });
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function isSame(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieOf(request: Request): string | undefined {
  const cookies = (request.headers.get('cookie') ?? '').split(/;\s*/).map((one) => one.split('='));
  const expected = cookieName(request);
  return cookies.find(([name]) => name === expected)?.[1];
}

function text(status: number, message: string): Response {
  return new Response(message, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
