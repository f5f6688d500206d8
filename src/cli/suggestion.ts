import { ConfigError, type Definition } from '../index.ts';
import { describeSettings, nearest } from '../tools.ts';

/**
 * The error of an unknown key, with the nearest setting where the library found none: a setting by its
 * variable or its flag, by a last segment alone, or by a part of its key.
 */
export function withSuggestion(error: ConfigError, definition: Definition): ConfigError {
  const [issue] = error.issues;
  if (error.code !== 'UNKNOWN_KEY' || issue?.key === undefined || issue.suggestion !== undefined) return error;
  const suggestion = suggestionFor(issue.key, definition);
  return suggestion === undefined ? error : new ConfigError([{ ...issue, suggestion }]);
}

function suggestionFor(typed: string, definition: Definition): string | undefined {
  const settings = describeSettings(definition);
  const byVariable = settings.find(({ variable }) => variable?.toLowerCase() === typed.toLowerCase());
  if (byVariable) return `Did you mean ${byVariable.key}? ${byVariable.variable} is its variable.`;
  const byFlag = settings.find(({ flag }) => flag?.replace(/^-+/, '') === typed);
  if (byFlag) return `Did you mean ${byFlag.key}? ${byFlag.flag} is its flag.`;
  const keys = settings.map(({ key }) => key);
  const near = byLastSegment(typed, keys) ?? keys.find((key) => typed.length > 2 && key.includes(typed));
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

function byLastSegment(typed: string, keys: readonly string[]): string | undefined {
  const last = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
  const name = nearest(last(typed), new Set(keys.map(last)));
  return keys.find((key) => last(key) === name);
}
