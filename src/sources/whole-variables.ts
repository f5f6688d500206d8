import { requireArgument } from '../wrong-arguments.ts';
import { type Environment, WHOLE_VARIABLES } from './dotenv.ts';

/**
 * The variable of an environment that lists these variables and their texts as whole values, besides those that it lists already.
 * A hash of each text tells whether a child has changed the variable.
 */
export function wholeMarks(env: Environment, variables: ReadonlyMap<string, string>): Environment {
  requireArgument(Object(env) === env, 'wholeMarks: needs an environment', env);
  requireArgument(variables instanceof Map, 'wholeMarks: needs a map of variables', variables);
  const before = (env[WHOLE_VARIABLES] ?? '').split(' ').filter((mark) => mark !== '');
  const marks = new Set([...before, ...Array.from(variables, ([name, text]) => wholeMark(name, text))]);
  return marks.size === 0 ? {} : { [WHOLE_VARIABLES]: [...marks].join(' ') };
}

/** Whether an environment lists a variable with this text as a whole value. */
export function isMarkedWhole(
  env: Environment,
  { name, text }: { readonly name: string; readonly text: string },
): boolean {
  return env[WHOLE_VARIABLES]?.split(' ').includes(wholeMark(name, text)) === true;
}

function wholeMark(name: string, text: string): string {
  return `${name}:${hashOf(text)}`;
}

/** FNV-1a of 32 bits: it tells a changed text, and is too short to tell a secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
