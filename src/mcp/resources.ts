import { type McpServer, ProtocolError, ProtocolErrorCode, ResourceTemplate } from '@modelcontextprotocol/server';
import { ConfigError } from '../index.ts';
import { describeSettings, jsonSchema } from '../tools.ts';
import { jsonMember } from '../words/values.ts';
import type { Session } from './session.ts';
import { cut, explanationOf, rowOf } from './shown.ts';

const VALUES = 'varve://values';
const SCHEMA = 'varve://schema';
const SETTINGS = 'varve://settings/';
/** The largest resource, in characters. */
const LARGEST = 1_000_000;
/** How many settings are listed as resources. */
const MOST_LISTED = 1_000;
/** How many resources one client may subscribe to. */
const MOST_SUBSCRIBED = 2_000;

const MIME = { mimeType: 'application/json' } as const;

/** The values, the schema, and one resource for each setting. */
export function addResources(server: McpServer, session: Session): void {
  server.registerResource(
    'values',
    VALUES,
    {
      title: 'All values',
      description: 'The effective values with their origins; secrets are redacted',
      ...MIME,
    },
    async (uri) => document(uri, (await session.load()).explainAll().map(rowOf)),
  );
  server.registerResource(
    'schema',
    SCHEMA,
    { title: 'JSON Schema of the file', description: 'What the configuration file may contain', ...MIME },
    (uri) => document(uri, jsonSchema(session.definition)),
  );
  const listed = async () => describeSettings(await session.load()).slice(0, MOST_LISTED);
  const list = async () => ({
    resources: (await listed()).map(({ key, doc }) => ({
      uri: settingUri(key),
      name: key,
      description: doc,
      ...MIME,
    })),
  });
  server.registerResource(
    'setting',
    new ResourceTemplate(`${SETTINGS}{key}`, {
      list,
      complete: {
        key: async (start) => (await listed()).map(({ key }) => key).filter((key) => key.startsWith(start)),
      },
    }),
    { title: 'One setting', description: 'Its value, and its entry in every layer', ...MIME },
    async (uri, { key }) => document(uri, explanationOf(await explainKey(session, decodeKey(String(key))))),
  );
}

async function explainKey(session: Session, key: string) {
  const config = await session.load();
  try {
    return config.explain(key);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, String(cut(error.message)));
  }
}

/** The key in a resource's address; an address that is not percent-encoded is taken as it is. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return key;
  }
}

function document(uri: URL, content: unknown) {
  const text = JSON.stringify(content, jsonMember, 2);
  if (text.length > LARGEST) {
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `${uri.href} has ${text.length} characters, more than ${LARGEST}: call get_config with a prefix`,
    );
  }
  return { contents: [{ uri: uri.href, text, ...MIME }] };
}

function settingUri(key: string): string {
  return `${SETTINGS}${encodeURIComponent(key)}`;
}

/** The resources that change with these settings. */
export function changedUris(keys: readonly string[]): readonly string[] {
  return [VALUES, ...keys.map(settingUri)];
}

/**
 * Remembers the subscriptions of older clients, and returns whether a resource is subscribed. Newer clients name their
 * resources when they open a stream, which the SDK keeps.
 */
export function keepSubscriptions({ server }: McpServer): (uri: string) => boolean {
  const subscribed = new Set<string>();
  server.setRequestHandler('resources/subscribe', ({ params: { uri } }) => {
    if (subscribed.size >= MOST_SUBSCRIBED) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there are ${MOST_SUBSCRIBED} subscriptions already`);
    }
    subscribed.add(uri);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
  return (uri) => subscribed.has(uri) || server.getClientCapabilities() === undefined;
}
