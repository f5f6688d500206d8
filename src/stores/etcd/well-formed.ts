import type { Answer, KeyValue, WatchResponse } from './messages.ts';

/** Whether what came as JSON is an answer of etcd: whatever else answers there, and however, is not believed. */
export function isAnswer(value: unknown): value is Answer {
  if (!isObject(value) || !isHeader(value['header'])) return false;
  const { kvs, responses } = value;
  return isListOf(kvs, isKeyValue) && isListOf(responses, isResponse);
}

/** Whether what came as JSON is a response to a watch. */
export function isWatchResponse(value: unknown): value is WatchResponse {
  return isObject(value) && isHeader(value['header']) && isListOf(value['events'], isEvent);
}

function isEvent(value: unknown): boolean {
  return isObject(value) && isKeyValue(value['kv']);
}

function isResponse(value: unknown): boolean {
  if (!isObject(value)) return false;
  const range = value['response_range'];
  return range === undefined || (isObject(range) && isListOf(range['kvs'], isKeyValue));
}

function isHeader(value: unknown): boolean {
  return isObject(value) && isNumber(value['cluster_id']) && isOptional(value['revision'], isNumber);
}

function isKeyValue(value: unknown): value is KeyValue {
  if (!isObject(value)) return false;
  const { key, value: bytes, mod_revision, create_revision } = value;
  const isMod = isOptional(mod_revision, isNumber) && isOptional(create_revision, isNumber);
  return typeof key === 'string' && isOptional(bytes, isText) && isMod;
}

/** A number of 64 bits, as JSON holds it. */
function isNumber(value: unknown): boolean {
  return isText(value) && /^\d{1,20}$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isListOf(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every(is));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
