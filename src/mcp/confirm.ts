import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** What the user said, or that nobody was asked: yet, or ever. */
export type Confirmation = 'accepted' | 'declined' | 'cancelled' | 'unasked' | 'unable';

/** What a question was about. It goes to the client and back, so it is signed. */
interface Asked {
  readonly revision: string;
}

/** The signature of questions; its key lives as long as the server. */
export function questionCodec(): RequestStateCodec<Asked> {
  return createRequestStateCodec<Asked>({ key: crypto.getRandomValues(new Uint8Array(32)) });
}

const QUESTION = 'confirm';

/** What the user answered to the question about this very revision. */
export function confirmation(server: McpServer, context: ServerContext, revision: string): Confirmation {
  if (!canAsk(server, context)) return 'unable';
  const asked = context.mcpReq.requestState<Asked>();
  const response = inputResponse(context.mcpReq.inputResponses, QUESTION);
  if (asked?.revision !== revision || response.kind !== 'elicit') return 'unasked';
  if (response.action === 'accept') return response.content?.['confirm'] === true ? 'accepted' : 'declined';
  return response.action === 'decline' ? 'declined' : 'cancelled';
}

/** Has the client ask its user. */
export async function ask(
  codec: RequestStateCodec<Asked>,
  message: string,
  revision: string,
): Promise<InputRequiredResult> {
  const requestedSchema = {
    type: 'object' as const,
    properties: { confirm: { type: 'boolean' as const, title: 'Save these changes', default: false } },
    required: ['confirm'],
  };
  return inputRequired({
    inputRequests: { [QUESTION]: inputRequired.elicit({ message, requestedSchema }) },
    requestState: await codec.mint({ revision }),
  });
}

/** Whether the client can ask its user with a form. Newer clients say so with each request, older ones at the beginning. */
function canAsk({ server }: McpServer, { mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const own = envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const { elicitation } = own ?? server.getClientCapabilities() ?? {};
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
