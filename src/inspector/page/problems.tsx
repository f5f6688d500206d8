import type { State } from '../model.ts';

interface ProblemsProps {
  readonly state: State;
  readonly error: string;
  readonly onClose: () => void;
  readonly onOpen: (key: string) => void;
}

/** What is wrong: the last error of the page, a rejected reload, and the issues and warnings of the configuration. */
export function Problems({ state, error, onClose, onOpen }: ProblemsProps) {
  const { issues, warnings, rejected } = state;
  if (!error && !rejected && issues.length + warnings.length === 0) return null;
  return (
    <section aria-label="Problems">
      {error && (
        <p class="banner issue" role="alert">
          <pre>{error}</pre>
          <button type="button" onClick={onClose}>
            Dismiss
          </button>
        </p>
      )}
      {rejected && (
        <div class="banner issue" role="alert">
          <strong>The last reload was rejected; the old values stay in use.</strong>
          <pre>{rejected}</pre>
        </div>
      )}
      {issues.length + warnings.length > 0 && (
        <details class="banner" open={issues.length > 0}>
          <summary>
            {issues.length > 0 && <b class="issue-text">{plural(issues.length, 'issue')} </b>}
            {warnings.length > 0 && <b class="warning-text">{plural(warnings.length, 'warning')}</b>}
          </summary>
          <ul>
            {[...issues, ...warnings].slice(0, 100).map(({ key, text }, i) => (
              <li key={i}>
                {key ? (
                  <button type="button" class="link" onClick={() => onOpen(key)}>
                    {text}
                  </button>
                ) : (
                  text
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
