import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** What a client can do. Newer clients declare it in each request, older ones when they connect. */
export function capabilitiesOf({ server }: McpServer, context: ServerContext): ClientCapabilities {
  return (envelopeOf(context)[CLIENT_CAPABILITIES_META_KEY] ??
    server.getClientCapabilities() ??
    {}) as ClientCapabilities;
}

/** The name of a client; `undefined` for a newer one that gives none. */
export function clientName({ server }: McpServer, context: ServerContext): string | undefined {
  return ((envelopeOf(context)[CLIENT_INFO_META_KEY] ?? server.getClientVersion()) as Implementation | undefined)?.name;
}

function envelopeOf({ mcpReq }: ServerContext): Readonly<Record<string, unknown>> {
  return mcpReq.envelope ?? {};
}
