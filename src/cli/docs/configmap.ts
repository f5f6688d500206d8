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

/** A ConfigMap of Kubernetes, and beside it a Secret without values where a setting is sensitive. */
export function configMap(documented: DocumentedSettings): string {
  const name = plainName(documented.name);
  const variables = variablesOf(documented);
  const secrets = variables.filter(({ sensitive }) => sensitive);
  const head = [
    `The variables of ${documented.name}, written by: varve docs --format configmap`,
    `For a container: envFrom: [{ configMapRef: { name: ${name} } }${secrets.length > 0 ? `, { secretRef: { name: ${name} } }` : ''}]`,
  ];
  const plain = variables.filter(({ sensitive }) => !sensitive);
  const map = [
    ...commentOut(head),
    ...manifest('ConfigMap', name),
    ...block('data', plain.flatMap(dataEntry)),
    ...unavailableSettings(documented),
  ];
  const values = secrets.flatMap((secret) => [
    ...commentOut(commentLines(secret), '  '),
    `${isRequired(secret) ? '  ' : '  # '}${yamlText(secret.variable)}: ""`,
  ]);
  const secret = [
    '---',
    ...commentOut(['Fill it in where it is applied, or have an operator do so: the values belong into no repository.']),
    ...manifest('Secret', name),
    'type: Opaque',
    ...block('stringData', values),
  ];
  return `${[...map, ...(secrets.length > 0 ? secret : [])].join('\n')}\n`;
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
