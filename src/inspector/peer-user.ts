import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The tables of the sockets of Linux: of IPv4, and of IPv6, which also has addresses of IPv4. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

/**
 * Whether a connection within this machine comes from another user than this one, root, or the user of `sudo`: such a one may have
 * read the token in the list of processes, where a browser has it. Only Linux tells; elsewhere it is `false`.
 */
export function isOtherUser({ remotePort = 0, localPort = 0 }: Socket): boolean {
  const user = userOf(remotePort, localPort);
  return user !== undefined && ![process.geteuid?.(), 0, Number(process.env['SUDO_UID'])].includes(user);
}

/** The user of the socket that has these ports; `undefined` where there is none, as behind a gateway. */
function userOf(from: number, to: number): number | undefined {
  // `  5: 0100007F:D431 0100007F:3CC3 01 00000000:00000000 00:00000000 00000000  1000 …`
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const row = new RegExp(`^ *\\d+: [\\dA-F]+:${hex(from)} [\\dA-F]+:${hex(to)} (?:\\S+ +){4}(\\d+) `, 'm');
  for (const table of TABLES) {
    const found = row.exec(textOf(table))?.[1];
    if (found !== undefined) return Number(found);
  }
  return undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
