import {
  commentedAssignment,
  commentLines,
  commentOut,
  type DocumentedSettings,
  type DocumentedVariable,
  isRequired,
  secretFileName,
  unavailableSettings,
  variablesOf,
} from './documented-variable.ts';

/**
 * A file for `docker run --env-file`. There is no quoting in it: what comes after `=` is the value, quotes and all
 * (docs.docker.com/reference/cli/docker/container/run/#env).
 */
export function dockerEnvFile(documented: DocumentedSettings): string {
  const head = commentOut([
    `The variables of ${documented.name}, written by: varve docs --format docker`,
    'For: docker run --env-file FILE. Values are not quoted there. Secrets are mounted, never written here.',
  ]);
  const variables = variablesOf(documented).flatMap((variable) => ['', ...entry(variable)]);
  return `${[...head, ...variables, ...unavailableSettings(documented)].join('\n')}\n`;
}

function entry(documented: DocumentedVariable): readonly string[] {
  const { variable, sensitive, text } = documented;
  const comment = commentOut(commentLines(documented));
  if (sensitive) return [...comment, `#${variable}_FILE=/run/secrets/${secretFileName(documented)}`];
  if (isRequired(documented)) return [...comment, `${variable}=`];
  if (text === undefined) return [...comment, `#${variable}=`];
  if (/[\r\n]/.test(text))
    return [...comment, ...commentOut(['an env file of docker cannot hold the line breaks of its default'])];
  return [...comment, commentedAssignment(`${variable}=${text}`)];
}
