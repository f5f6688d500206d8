import type { Issue } from '../../index.ts';
import { isVariable } from '../../tools.ts';
import { locationText } from '../../words/values.ts';
import type { Examination, Finding } from './finding.ts';

/** What loading found: problems, and warnings such as unknown keys, duplicates and deprecated keys. */
export function problems(status: 'warn' | 'fail', issues: readonly Issue[]): readonly Finding[] {
  return issues.map((issue) => {
    const { key, origin, suggestion } = issue;
    return {
      status,
      area: areaOf(issue),
      message: locatedMessage(issue),
      ...(key !== undefined && { key }),
      ...(origin && { origin }),
      ...(suggestion !== undefined && { fix: suggestion }),
    };
  });
}

/** The location and the message of an issue. A message that begins with the location does not repeat it. */
function locatedMessage({ key, message, origin }: Issue): string {
  const text = `${key === undefined ? '' : `${key}: `}${message}`;
  if (!origin) return text;
  const { layer, name, location } = origin;
  // An origin in a file has the key as its name; a store that is a problem itself has its own name.
  if (name === key || !text.startsWith(name)) return `${locationText(origin)}  ${text}`;
  if (!isVariable(origin) && layer !== 'flag') return `${location}${text.slice(name.length)}`;
  return layer === 'flag' || location === 'process.env' ? text : `${location}  ${text}`;
}

function areaOf({ origin, code }: Issue): string {
  if (origin === undefined) return code === 'INVALID_VALUE' ? 'values' : 'file';
  if (isVariable(origin)) return 'env';
  return origin.layer === 'flag' ? 'flag' : 'file';
}

/** Secrets where others can read them whatever the permissions are: in the source, and among the arguments. */
export function exposedSecrets(patient: Examination, hasDefault: (key: string) => boolean): readonly Finding[] {
  const inSource = patient.settings
    .filter(({ key, sensitive }) => sensitive && hasDefault(key))
    .map(({ key }): Finding => {
      const fix = 'Write default: null, which makes it required, or an empty text.';
      return {
        status: 'warn',
        area: 'definition',
        message: `${key} is sensitive, but its default is in the source`,
        key,
        fix,
      };
    });
  const asFlag = patient.explanations
    .filter(({ redacted, winner }) => redacted && winner?.layer === 'flag')
    .map(({ key, winner }): Finding => {
      const message = `${winner?.name} gives the sensitive ${key}, and every user of the machine can read arguments`;
      return { status: 'warn', area: 'flag', message, key, fix: 'Give it by its variable, or by a mounted file.' };
    });
  return [...inSource, ...asFlag];
}
