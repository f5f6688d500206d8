// A store of a third party, under the test runner of Node.js: the contract needs neither vitest nor a server.
import { test } from 'node:test';

const { library, testing } = JSON.parse(process.env.VARVE_CONTRACT);
const { ConfigError } = await import(library);
const { storeContract } = await import(testing);

const documents = new Map();

function documentOf(name) {
  if (!documents.has(name))
    documents.set(name, { states: [{ text: null, revision: 'absent' }], handlers: new Set(), written: new Map() });
  return documents.get(name);
}

function put(document, stored) {
  document.states.push({ revision: `${document.states.length}`, ...stored });
  for (const tell of document.handlers) queueMicrotask(tell);
}

const refuse = (code) => {
  throw new ConfigError([
    { code, message: `memory: ${code}`, origin: { layer: 'file', name: 'memory', location: 'memory' } },
  ]);
};

class MemoryStore {
  limits = { maxBytes: 10_000_000, staleMs: 1_000, durability: 'fsync' };
  #document;
  #watches = new Set();
  #isClosed = false;

  constructor(name) {
    this.name = `memory:${name}`;
    this.#document = documentOf(name);
  }

  async read({ signal } = {}) {
    signal?.throwIfAborted();
    return this.#readable(this.#open.states.at(-1));
  }

  async write(text, { expect, id, signal }) {
    signal?.throwIfAborted();
    const { states, written } = this.#open;
    if (Buffer.byteLength(text) > this.limits.maxBytes) refuse('TOO_LARGE');
    const before = written.get(id);
    if (before?.ok) return before;
    const current = this.#readable(states.at(-1));
    if (before || current.revision !== expect) {
      written.set(id, { ok: false });
      return { ok: false, current };
    }
    put(this.#document, { text, writeId: id });
    written.set(id, { ok: true, revision: states.at(-1).revision });
    return written.get(id);
  }

  watch(from, handler) {
    let told = from;
    let isStale = false;
    const say = (work) => {
      try {
        work();
      } catch (error) {
        isStale = true;
        handler.state('stale', error);
      }
    };
    const tell = () => {
      if (!this.#watches.has(watch)) return;
      const stored = this.#document.states.at(-1);
      if (stored.revision === told) return;
      told = stored.revision;
      say(() => {
        const readable = this.#readable(stored);
        if (isStale) handler.state('live');
        isStale = false;
        handler.stored(readable);
      });
    };
    const { handlers } = this.#open;
    const watch = {
      close: async () => {
        handlers.delete(tell);
        this.#watches.delete(watch);
      },
    };
    this.#watches.add(watch);
    handlers.add(tell);
    queueMicrotask(tell);
    return watch;
  }

  async history({ before, limit }) {
    const { states } = this.#open;
    const end = before === undefined ? states.length : states.findIndex(({ revision }) => revision === before);
    const kept = states.slice(1, end).filter(({ text }) => text !== undefined);
    if (kept.length === 0 && states[1]?.revision !== before && states[0].isCompacted) refuse('GONE');
    return kept.reverse().slice(0, limit);
  }

  async close() {
    this.#isClosed = true;
    for (const watch of this.#watches) await watch.close();
  }

  get #open() {
    return this.#isClosed ? refuse('CLOSED') : this.#document;
  }

  #readable(stored) {
    return stored.bytes ? refuse('CORRUPT') : stored;
  }
}

storeContract(
  {
    open: (name) => new MemoryStore(name),
    keepsHistory: true,
    writeByHand: async (name, bytes) => {
      const text = new TextDecoder().decode(bytes);
      put(documentOf(name), text.includes('\ufffd') ? { bytes } : { text });
    },
  },
  { test },
);
