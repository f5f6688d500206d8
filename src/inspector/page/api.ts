import type {
  Comparison,
  Detail,
  Diff,
  Difference,
  EditRequest,
  Failure,
  GroupDetail,
  State,
  Update,
  Version,
} from '../model.ts';

/** An answer of the server that is not the wanted one, in its own words. */
export class ApiError extends Error {
  readonly code: string | undefined;

  constructor({ error, code }: Failure) {
    super(error);
    this.code = code;
  }
}

async function call<T>(path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(path, init);
  const type = response.headers.get('content-type') ?? '';
  const answer: unknown = type.includes('json') ? await response.json() : { error: await response.text() };
  if (!response.ok) throw new ApiError(answer as Failure);
  return answer as T;
}

export const api = {
  state: () => call<State>('api/state'),
  setting: (key: string) => call<Detail>(`api/setting?key=${encodeURIComponent(key)}`),
  group: (key: string) => call<GroupDetail>(`api/group?key=${encodeURIComponent(key)}`),
  history: () => call<readonly Version[]>('api/history'),
  compare: (snapshot: unknown) => call<Comparison>('api/compare', snapshot),
  preview: (edit: EditRequest) => call<Diff>('api/preview', edit),
  save: (revision: string) => call<readonly Difference[]>('api/save', { revision }),
  undo: (revision: string) => call<readonly Difference[]>('api/undo', { revision }),
};

/** What a page does with its live updates. */
interface Follower {
  readonly onUpdate: (update: Update) => void;
  /** Called with whether the server can be reached. */
  readonly onLink: (isLive: boolean) => void;
  /** Called at the beginning, and when the server can be reached again: updates before were missed. */
  readonly onReady: () => void;
}

/** Follows the live updates, until the returned function is called. */
export function follow({ onUpdate, onLink, onReady }: Follower): () => void {
  const events = new EventSource('api/events');
  events.onopen = () => onLink(true);
  events.onerror = () => onLink(false);
  events.addEventListener('ready', onReady);
  events.onmessage = ({ data }) => onUpdate(JSON.parse(String(data)) as Update);
  return () => events.close();
}
