import {
  commentLines,
  commentOut,
  type DocumentedSettings,
  type DocumentedVariable,
  isRequired,
  plainName,
  unavailableSettings,
  variablesOf,
} from './documented-variable.ts';
import { yamlText } from './yaml-text.ts';

/** A ConfigMap of Kubernetes with the variables of the settings that are not sensitive. */
export function configMap(documented: DocumentedSettings): string {
  const name = plainName(documented.name);
  const variables = variablesOf(documented);
  const plain = variables.filter(({ sensitive }) => !sensitive);
  const secret = plain.length < variables.length ? `, { secretRef: { name: ${name} } }` : '';
  const head = [
    `The variables of ${documented.name}, written by: varve docs --format configmap`,
    `For a container: envFrom: [{ configMapRef: { name: ${name} } }${secret}]`,
    ...(secret === '' ? [] : ['The sensitive ones are in the Secret that varve docs --format secret writes.']),
  ];
  const lines = [
    ...commentOut(head),
    ...manifest('ConfigMap', name),
    ...block('data', plain.flatMap(dataEntry)),
    ...unavailableSettings(documented),
  ];
  return `${lines.join('\n')}\n`;
}

/** A Secret of Kubernetes with the variables of the sensitive settings, without values. */
export function secretManifest(documented: DocumentedSettings): string {
  const name = plainName(documented.name);
  const secrets = variablesOf(documented).filter(({ sensitive }) => sensitive);
  const values = secrets.flatMap((secret) => [
    ...commentOut(commentLines(secret), '  '),
    `${isRequired(secret) ? '  ' : '  # '}${yamlText(secret.variable)}: ""`,
  ]);
  const lines = [
    ...commentOut([
      `The secrets of ${documented.name}, written by: varve docs --format secret`,
      'Do not apply this file: an empty value replaces the real one. Keep real values out of the repository.',
    ]),
    ...manifest('Secret', name),
    'type: Opaque',
    ...block('stringData', values),
  ];
  return `${lines.join('\n')}\n`;
}

function manifest(kind: string, name: string): readonly string[] {
  return ['apiVersion: v1', `kind: ${kind}`, 'metadata:', `  name: ${yamlText(name)}`];
}

/** A mapping. With nothing but comments in it, it is null, which Kubernetes takes for an empty one. */
function block(name: string, lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? [`${name}:`, ...lines] : [`${name}: {}`];
}

function dataEntry(documented: DocumentedVariable): readonly string[] {
  const { variable, text } = documented;
  const line = `${isRequired(documented) ? '  ' : '  # '}${yamlText(variable)}: ${yamlText(text ?? '')}`;
  return [...commentOut(commentLines(documented), '  '), line];
}
