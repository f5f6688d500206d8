/**
 * A module of Node.js, loaded when it is used: each that is imported takes a hundredth of what a program with its
 * configuration takes to start.
 */
export function builtin<Id extends keyof Builtins>(id: Id): Builtins[Id] {
  return process.getBuiltinModule(id) as Builtins[Id];
}

interface Builtins {
  readonly 'node:async_hooks': typeof import('node:async_hooks');
  readonly 'node:buffer': typeof import('node:buffer');
  readonly 'node:crypto': typeof import('node:crypto');
  readonly 'node:os': typeof import('node:os');
  readonly 'node:timers/promises': typeof import('node:timers/promises');
  readonly 'node:url': typeof import('node:url');
  readonly 'node:worker_threads': typeof import('node:worker_threads');
}
