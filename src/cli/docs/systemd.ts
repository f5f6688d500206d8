import {
  commentLines,
  commentOut,
  type DocumentedSettings,
  type DocumentedVariable,
  isRequired,
  plainName,
  secretFileName,
  unavailableSettings,
  variablesOf,
} from './documented-variable.ts';
import { quotedText } from './yaml-text.ts';

/** A drop-in for a systemd unit; secrets come as credentials, which only the service can read (systemd.exec(5)). */
export function systemdDropIn(documented: DocumentedSettings): string {
  const name = plainName(documented.name);
  const head = commentOut([
    `The variables of ${documented.name}, written by: varve docs --format systemd`,
    `For: /etc/systemd/system/${name}.service.d/varve.conf`,
  ]);
  const variables = variablesOf(documented).flatMap((variable) => ['', ...entry(variable, name)]);
  return `${[...head, '', '[Service]', ...variables.slice(1), ...unavailableSettings(documented)].join('\n')}\n`;
}

function entry(documented: DocumentedVariable, name: string): readonly string[] {
  const { variable, sensitive, text } = documented;
  const comment = commentOut(commentLines(documented));
  if (sensitive) {
    const credential = secretFileName(documented);
    return [
      ...comment,
      `#LoadCredential=${credential}:/etc/${name}/${credential}`,
      `#Environment="${variable}_FILE=%d/${credential}"`,
    ];
  }
  if (isRequired(documented)) return [...comment, `Environment="${variable}="`];
  if (text === undefined) return [...comment, `#Environment="${variable}="`];
  const line = environmentLine(variable, text);
  return [
    ...comment,
    ...(line === undefined
      ? commentOut(['systemd takes no control characters, as its default has them'])
      : [`#${line}`]),
  ];
}

/** An assignment by the quoting rules of systemd.syntax(7), `%` doubled; `undefined` for a text that systemd refuses. */
export function environmentLine(variable: string, text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that systemd refuses
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(text)) return undefined;
  const quoted = text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `Environment="${variable}=${quotedText(quoted)}"`;
}
