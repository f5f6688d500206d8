import { describeIssue, type Issue } from './errors.ts';

/** How many warnings of one load are reported one by one. */
const MOST_REPORTED = 50;

/** Reports the warnings of a load to `onWarning`, by default as warnings of the process. */
export function reportWarnings(warnings: readonly Issue[], onWarning: (warning: Issue) => void = emitWarning): void {
  for (const warning of warnings.slice(0, MOST_REPORTED)) onWarning(warning);
  const rest = warnings.length - MOST_REPORTED;
  const last = warnings.at(-1);
  if (rest > 0 && last) onWarning({ code: last.code, message: `there are ${rest} more warnings, in config.warnings` });
}

function emitWarning(warning: Issue): void {
  process.emitWarning(describeIssue(warning), { type: 'ConfigWarning', code: warning.code });
}
