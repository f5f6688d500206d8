import { isIP, type Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { OpenSockets } from '../remote/client.ts';
import { type Failure, tlsFailure } from '../remote/failure.ts';
import { isNotHttp2, NO_ANSWER, NOT_HTTP2 } from './failure.ts';
import type { Endpoint, Secure } from './settings.ts';

/** The package, an optional peer. */
export type Grpc = typeof import('@grpc/grpc-js');

/** The sockets of one endpoint, which gRPC does not show: how they failed, and that none outlives its store. */
export class Sockets extends OpenSockets {
  /** The last socket that HTTP/2 is spoken over, until it is answered. */
  #unanswered: Socket | undefined;
  /** Why the last connection was no use, if the server accepted it. */
  refusal: Failure | undefined;

  /** A socket that is connected. */
  override add(socket: Socket): Socket {
    return super.add(socket.unref());
  }

  /** A socket that HTTP/2 is spoken over, after the TLS handshake. */
  use(socket: Socket): void {
    this.refusal = undefined;
    this.#unanswered = socket;
    // A call under way would keep the process running, and a watch is always under way.
    socket.ref = () => socket;
    socket.on('error', (error) => this.failed(error));
    socket.on('close', (hadError) => {
      if (this.#unanswered === socket)
        this.refusal ??= socket.bytesRead > 0 ? NOT_HTTP2 : hadError ? undefined : NO_ANSWER;
    });
  }

  /** The last connection is answered in HTTP/2. */
  answered(): void {
    this.#unanswered = undefined;
  }

  failed(error: Error): void {
    this.refusal = isNotHttp2(error) ? NOT_HTTP2 : (tlsFailure(error) ?? this.refusal);
  }
}

/** Credentials of gRPC that report each socket to `sockets`. */
export function credentialsOf(
  grpc: Grpc,
  { isSecure, hostname }: Endpoint,
  { secure, sockets }: { readonly secure: Secure | undefined; readonly sockets: Sockets },
): ChannelCredentials {
  class ObservedCredentials extends grpc.ChannelCredentials {
    _isSecure(): boolean {
      return isSecure;
    }
    _equals(other: ChannelCredentials): boolean {
      return other === this;
    }
    _createSecureConnector(
      ...[, , callCredentials]: Parameters<ChannelCredentials['_createSecureConnector']>
    ): ReturnType<ChannelCredentials['_createSecureConnector']> {
      return {
        connect: async (plain) => {
          sockets.add(plain);
          const socket = isSecure && secure ? await secured(plain, hostname, { secure, sockets }) : plain;
          sockets.use(socket);
          return { socket, secure: isSecure };
        },
        waitForReady: () => Promise.resolve(),
        getCallCredentials: () => callCredentials ?? grpc.CallCredentials.createEmpty(),
        destroy: () => undefined,
      };
    }
  }
  return new ObservedCredentials();
}

function secured(
  socket: Socket,
  host: string,
  { secure: { secureContext, servername }, sockets }: { readonly secure: Secure; readonly sockets: Sockets },
): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:tls');
  // RFC 6066 has no names for addresses.
  const name = servername ?? (isIP(host) ? undefined : host);
  return new Promise((resolve, reject) => {
    const options = { socket, secureContext, host: servername ?? host, ALPNProtocols: ['h2'] };
    const secureSocket = connect({ ...options, ...(name !== undefined && { servername: name }) }, () =>
      resolve(secureSocket),
    );
    sockets.add(secureSocket);
    secureSocket.on('error', (error) => {
      sockets.failed(error);
      reject(error);
    });
    secureSocket.on('close', () => reject(new Error('the connection was closed during the TLS handshake')));
  });
}
