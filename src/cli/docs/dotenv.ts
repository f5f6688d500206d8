import { parseDotenv } from '../../tools.ts';
import {
  commentedAssignment,
  commentLines,
  commentOut,
  type DocumentedSettings,
  type DocumentedVariable,
  isRequired,
  unavailableSettings,
  variablesOf,
} from './documented-variable.ts';

/**
 * An `.env.example`. Every default is commented out: a copy of the file overrides nothing.
 */
export function dotenvExample(documented: DocumentedSettings): string {
  const [read] = [documented.dotenv ?? false].flat();
  const use = read ? `Copy it to ${typeof read === 'string' ? read : '.env'}, and take` : 'Take';
  const head = commentOut([
    `The variables of ${documented.name}, written by: varve docs --format env`,
    `${use} away the # before what you set. What is commented out has this default.`,
    ...(read
      ? []
      : ['The program reads a copy called .env only with dotenv: true in its definition, or by node --env-file=.env.']),
  ]);
  const variables = variablesOf(documented).flatMap((variable) => ['', ...entry(variable)]);
  return `${[...head, ...variables, ...unavailableSettings(documented)].join('\n')}\n`;
}

function entry(documented: DocumentedVariable): readonly string[] {
  const { variable, sensitive, text } = documented;
  const comment = commentOut(commentLines(documented));
  const line = sensitive || text === undefined ? `${variable}=` : dotenvLine(variable, text);
  if (line === undefined) return [...comment, ...commentOut(['no line of a .env file can hold it'])];
  return [...comment, isRequired(documented) ? line : commentedAssignment(line)];
}

/** A line in which a value would end that a backslash before its last quote continues, whatever its quotes are. */
const NEXT_LINE = `NEXT='#"#\`#`;

/** The assignment of `.env` files that dotenv reads back as `text`, in one line; `undefined` where there is none. */
export function dotenvLine(variable: string, text: string): string | undefined {
  // dotenv reads no variable with a `*`, which stands for the name of a member.
  const read = variable.replaceAll('*', 'NAME');
  const plain = /^[\w./:@%+,-]*$/.test(text) ? [text] : [];
  const quoted = [`'${text}'`, `"${text.replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`, `\`${text}\``, text];
  const found = [...plain, ...quoted].find(
    (value) => isOneLine(value) && parseDotenv(`${read}=${value}\n${NEXT_LINE}`)[read] === text,
  );
  return found === undefined ? undefined : `${variable}=${found}`;
}

/** dotenv takes more characters for a line end than editors do: behind one of them, a commented line would be read. */
function isOneLine(value: string): boolean {
  return !/[\r\n]/.test(value) && Object.keys(parseDotenv(`#NAME=${value}`)).length === 0;
}
