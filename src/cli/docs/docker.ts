import {
  commented,
  commentLines,
  type Documented,
  type DocumentedVariable,
  leftOut,
  variablesOf,
} from './documented.ts';

/**
 * A file for `docker run --env-file`. There is no quoting in it: what stands behind `=` is the value, quotes and all
 * (docs.docker.com/reference/cli/docker/container/run/#env).
 */
export function dockerEnvFile(documented: Documented): string {
  const head = commented([
    `The variables of ${documented.name}, written by: varve docs --format docker`,
    'For: docker run --env-file FILE. Values are not quoted there. Secrets are mounted, never written here.',
  ]);
  const variables = variablesOf(documented).flatMap((variable) => ['', ...entry(variable)]);
  return `${[...head, ...variables, ...leftOut(documented)].join('\n')}\n`;
}

function entry(documented: DocumentedVariable): readonly string[] {
  const { variable, settings, sensitive, text } = documented;
  const comment = commented(commentLines(documented));
  if (sensitive) return [...comment, `#${variable}_FILE=/run/secrets/${settings[0].key}`];
  if (text === undefined) return [...comment, `#${variable}=`];
  if (/[\r\n]/.test(text))
    return [...comment, ...commented(['an env file of docker cannot hold the line breaks of its default'])];
  return [...comment, `${variable}=${text}`];
}
