import type { Issue } from '../errors.ts';
import type { TextFileProblem } from './text-file.ts';

/** The issue of a `.env` file that is missing or cannot be read. */
export function dotenvProblem(problem: TextFileProblem, name: string): Issue {
  switch (problem.kind) {
    case 'missing':
      return { code: 'UNAVAILABLE', message: `${name} does not exist` };
    case 'folder':
      return { code: 'UNAVAILABLE', message: `${name} cannot be read: it is a folder` };
    case 'special':
      return { code: 'UNAVAILABLE', message: `${name} cannot be read: it is not a regular file` };
    case 'large':
      return { code: 'TOO_LARGE', message: `${name} is larger than 1 MiB and was not read` };
    case 'encoding':
      return { code: 'CORRUPT', message: `${name} is not UTF-8 text`, suggestion: 'Save it as UTF-8.' };
    case 'system': {
      const code = problem.code === 'EACCES' ? 'DENIED' : 'UNAVAILABLE';
      // Without the system call and the path that follow.
      return { code, message: `${name} cannot be read: ${problem.message.split(',')[0]}` };
    }
  }
}
