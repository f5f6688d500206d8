import type { Issue } from './errors.ts';
import { describeIssue } from './issue-texts.ts';

/** How many warnings of one load are reported one by one. */
const MOST_REPORTED = 50;

/** Reports warnings to `onWarning`, by default as warnings of the process. One that lasts over reloads is reported once. */
export class WarningReporter {
  readonly #onWarning: (warning: Issue) => void;
  #lasting: ReadonlySet<string> = new Set();

  constructor(onWarning: (warning: Issue) => void = emitWarning) {
    this.#onWarning = onWarning;
  }

  /** Takes all warnings that there are now. */
  report(warnings: readonly Issue[]): void {
    const lasting = this.#lasting;
    this.#lasting = new Set(warnings.map(identityOf));
    const unreported = warnings.filter((warning) => !lasting.has(identityOf(warning)));
    for (const warning of unreported.slice(0, MOST_REPORTED)) this.#onWarning(warning);
    const rest = unreported.length - MOST_REPORTED;
    const last = unreported.at(-1);
    if (rest > 0 && last)
      this.#onWarning({ code: last.code, message: `there are ${rest} more warnings, in config.warnings` });
  }
}

/** Lines are left out: they change while a file is edited. */
function identityOf({ code, key, message, origin }: Issue): string {
  return JSON.stringify([code, key, message, origin?.layer, origin?.name]);
}

function emitWarning(warning: Issue): void {
  process.emitWarning(describeIssue(warning), { type: 'ConfigWarning', code: warning.code });
}
