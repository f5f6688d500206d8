import {
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { capabilitiesOf } from './client.ts';

/** How long a user may think about a question, in milliseconds. */
export const PATIENCE_MS = 600_000;

/** The user's answer; `unable` and `failed` when the client cannot ask, or tried and failed. */
export type Answer = 'accepted' | 'unticked' | 'declined' | 'cancelled' | 'unable' | 'failed';

/** The revision that a question was about. The client sends it back, so it is signed. */
interface QuestionState {
  readonly revision: string;
}

export type QuestionCodec = RequestStateCodec<QuestionState>;

/** Signs questions; the key lives as long as the server. */
export function questionCodec(): QuestionCodec {
  return createRequestStateCodec<QuestionState>({ key: crypto.getRandomValues(new Uint8Array(32)) });
}

/** A question about one revision of the draft. */
export interface Question {
  readonly message: string;
  readonly revision: string;
}

interface Call {
  /** Aborts when the client sends what can't be read. */
  readonly unreadable: AbortSignal;
  readonly server: McpServer;
  readonly context: ServerContext;
  readonly codec: QuestionCodec;
}

const QUESTION = 'confirm';

const SCHEMA = {
  type: 'object' as const,
  properties: { confirm: { type: 'boolean' as const, title: 'Save these changes', default: false } },
  required: ['confirm'],
};

/**
 * The user's answer to a question. Clients of the newest protocol ask between two calls of the tool: the first call
 * returns the question, the second one brings the answer. Older clients ask during the call.
 */
export async function confirm(call: Call, question: Question): Promise<Answer | InputRequiredResult> {
  const { server, context } = call;
  if (!canAsk(server, context)) return 'unable';
  return context.mcpReq.envelope === undefined ? askDuringCall(call, question) : askBetweenCalls(call, question);
}

async function askDuringCall({ context: { mcpReq }, unreadable }: Call, { message }: Question): Promise<Answer> {
  try {
    const params = { message, requestedSchema: SCHEMA };
    const signal = AbortSignal.any([mcpReq.signal, unreadable]);
    return answerOf(await mcpReq.elicitInput(params, { timeout: PATIENCE_MS, signal }));
  } catch {
    // Whatever went wrong in the client: the user has not confirmed.
    return 'failed';
  }
}

async function askBetweenCalls(
  { context: { mcpReq }, codec }: Call,
  { message, revision }: Question,
): Promise<Answer | InputRequiredResult> {
  if (mcpReq.requestState<QuestionState>()?.revision === revision) {
    const response = inputResponse(mcpReq.inputResponses, QUESTION);
    return response.kind === 'elicit' ? answerOf(response) : 'failed';
  }
  return inputRequired({
    inputRequests: { [QUESTION]: inputRequired.elicit({ message, requestedSchema: SCHEMA }) },
    requestState: await codec.mint({ revision }),
  });
}

interface ElicitAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: Readonly<Record<string, unknown>> | undefined;
}

function answerOf({ action, content }: ElicitAnswer): Answer {
  if (action === 'accept') return content?.['confirm'] === true ? 'accepted' : 'unticked';
  return action === 'decline' ? 'declined' : 'cancelled';
}

/** Whether the client can show its user a form. */
function canAsk(server: McpServer, context: ServerContext): boolean {
  const { elicitation } = capabilitiesOf(server, context);
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
