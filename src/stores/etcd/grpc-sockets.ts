import { isIP, type Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { OpenSockets } from '../remote/client.ts';
import { type Failure, tlsFailure } from '../remote/failure.ts';
import { NOT_HTTP2 } from './failure.ts';
import type { Endpoint, Secure } from './settings.ts';

/** The package, an optional peer. */
export type Grpc = typeof import('@grpc/grpc-js');

/** The alert of a server that speaks other protocols only: https://www.rfc-editor.org/rfc/rfc7301#section-3.2 */
const NO_HTTP2_ALERT = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';

/** The sockets of one endpoint, which gRPC does not show: how they failed, and that none outlives its store. */
export class Sockets extends OpenSockets {
  readonly #endpoint: Endpoint;
  readonly #secure: Secure | undefined;
  /** The last socket that HTTP/2 is spoken over, until it is answered. */
  #unanswered: Socket | undefined;
  /** Why the last connection was no use, if the server accepted it. */
  refusal: Failure | undefined;

  constructor(endpoint: Endpoint, secure: Secure | undefined) {
    super();
    this.#endpoint = endpoint;
    this.#secure = endpoint.isSecure ? secure : undefined;
  }

  /** A socket that is connected. */
  override add(socket: Socket): Socket {
    return super.add(socket.unref());
  }

  /** The last connection is answered in HTTP/2. */
  answered(): void {
    this.#unanswered = undefined;
  }

  /** Credentials of gRPC that pass each socket through here. */
  credentials(grpc: Grpc): ChannelCredentials {
    const { isSecure } = this.#endpoint;
    const connect = async (plain: Socket): Promise<{ socket: Socket; secure: boolean }> => {
      const socket = this.#secure ? await this.#secured(this.add(plain), this.#secure) : this.add(plain);
      this.#use(socket);
      return { socket, secure: isSecure };
    };
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
          connect,
          waitForReady: () => Promise.resolve(),
          getCallCredentials: () => callCredentials ?? grpc.CallCredentials.createEmpty(),
          destroy: () => undefined,
        };
      }
    }
    return new ObservedCredentials();
  }

  /** HTTP/2 is spoken over the socket from now on. */
  #use(socket: Socket): void {
    this.refusal = undefined;
    this.#unanswered = socket;
    // A call under way would keep the process running, and a watch is always under way.
    socket.ref = () => socket;
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', (hadError) => {
      // A broken connection does not show which protocol the server speaks.
      if (this.#unanswered === socket && (socket.bytesRead > 0 || !hadError)) this.refusal ??= NOT_HTTP2;
    });
  }

  #failed(error: Error): void {
    const isAlert = 'code' in error && error.code === NO_HTTP2_ALERT;
    this.refusal = isAlert ? NOT_HTTP2 : (tlsFailure(error) ?? this.refusal);
  }

  #secured(socket: Socket, { secureContext, servername }: Secure): Promise<Socket> {
    const { connect } = process.getBuiltinModule('node:tls');
    const host = servername ?? this.#endpoint.hostname;
    // RFC 6066 has no names for addresses.
    const name = isIP(host) ? {} : { servername: host };
    return new Promise((resolve, reject) => {
      const options = { socket, secureContext, host, ALPNProtocols: ['h2'], ...name };
      const secureSocket = connect(options, () => resolve(secureSocket));
      this.add(secureSocket);
      secureSocket.on('error', (error) => {
        this.#failed(error);
        reject(error);
      });
      secureSocket.on('close', () => reject(new Error('the connection was closed during the TLS handshake')));
    });
  }
}
