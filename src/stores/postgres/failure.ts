import { isNativeError } from 'node:util/types';
import { type Failure, tlsFailure } from '../remote/failure.ts';

type Reason = Omit<Failure, 'cause'>;

const refused = { mayBeApplied: false, retry: 'no' } as const;
const passing = { code: 'UNAVAILABLE', mayBeApplied: false, retry: 'later' } as const;

export const COMPARE_TABLES = 'Compare the tables with the SQL that `varve store init --sql` prints.';

/** What an error of the server means, by its SQLSTATE or the class of it: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REASONS: Readonly<Record<string, Reason>> = {
  '28': {
    ...refused,
    code: 'DENIED',
    message: 'the server refuses the user or the password',
    suggestion: 'Check the user and password of `connection`, and pg_hba.conf.',
    needsLogin: true,
  },
  '3D': { ...refused, code: 'DENIED', message: 'the database does not exist' },
  '42501': {
    ...refused,
    code: 'DENIED',
    message: 'permission denied',
    suggestion:
      'The role needs USAGE on the schema, and SELECT (to write, also INSERT and UPDATE) on varve_documents and varve_history.',
  },
  '42P01': missing('a table'),
  '3F': missing('the schema'),
  '42703': missing('a column'),
  '42883': {
    ...refused,
    code: 'UNAVAILABLE',
    message: 'a column of varve has another type',
    suggestion: COMPARE_TABLES,
  },
  '25006': {
    ...passing,
    message: 'the server is a read replica, or read-only: it takes no writes',
    suggestion: 'Connect to the primary.',
    // A replica that is being promoted takes writes soon.
    isUnreachable: true,
  },
  '53100': { ...refused, code: 'UNAVAILABLE', message: 'the server has no disk space left' },
  '53': { ...passing, message: 'the server is overloaded' },
  '54': { ...refused, code: 'TOO_LARGE', message: 'the document is larger than the server accepts' },
  '57014': { ...passing, message: 'the server cancelled the statement' },
  '57P03': { ...passing, message: 'the server is starting or stopping' },
  '57': { ...passing, message: 'the server closed the connection', mayBeApplied: true },
  '40': { ...passing, message: 'the transaction met another one' },
  '08': { ...passing, message: 'the connection failed', mayBeApplied: true },
};

function missing(what: string): Reason {
  return {
    ...refused,
    code: 'UNAVAILABLE',
    message: `${what} of varve is missing in the database`,
    suggestion: 'Create the tables with `varve store init`, or run the SQL that `varve store init --sql` prints.',
  };
}

/** The parts of an error in which the server may quote the row, the parameters of the statement, or one inside a function. */
const QUOTING = ['detail', 'where', 'internalQuery'] as const;

/** What an error of `pg` means. `isSent`: whether a statement was sent. */
export function failureOf(error: unknown, isSent: boolean): Failure {
  // In Jest, the errors of Node.js are not instances of the `Error` of a test.
  if (!isNativeError(error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  for (const name of QUOTING) Reflect.deleteProperty(error, name);
  // The message quotes the value itself.
  if (isSqlState(code) && code.startsWith('22'))
    return {
      ...refused,
      code: 'UNAVAILABLE',
      message: `a column does not take its value (SQLSTATE ${code})`,
      suggestion: COMPARE_TABLES,
    };
  // A trigger of the database may quote the document in its message.
  if ('routine' in error && error.routine === 'exec_stmt_raise')
    return {
      ...refused,
      code: 'UNAVAILABLE',
      message: `a trigger or a function of the database refuses it (SQLSTATE ${code})`,
      suggestion: 'The log of the server has its message.',
    };
  const reason = isSqlState(code) ? (REASONS[code] ?? REASONS[code.slice(0, 2)]) : undefined;
  if (reason) return { ...reason, message: `${reason.message} (${error.message})`, cause: error };
  // Any other error of a statement has rolled it back.
  if (isSqlState(code)) return { ...refused, code: 'UNAVAILABLE', message: error.message, cause: error };
  const message = code === '' ? error.message : `the connection failed with ${code}`;
  const connection = { ...passing, message, cause: error, mayBeApplied: isSent };
  return tlsFailure(error) ?? (isSent ? connection : { ...connection, isUnreachable: true });
}

/** Five digits or letters; codes of Node.js are longer, or begin with an E. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}
