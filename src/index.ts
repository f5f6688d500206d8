export { Config } from './config/config.ts';
export type { Conflict, ConflictChoice, FileChange } from './config/edits.ts';
export type {
  ChangeEvent,
  ConfigEvent,
  ConfigListener,
  ReloadRejection,
  SettingChange,
  SubscribeOptions,
} from './config/events.ts';
export type { SaveOptions, SaveResult } from './config/file-changes.ts';
export { type FollowedConfig, type FollowOptions, followConfig } from './config/follow.ts';
export {
  type HistoryEntry,
  type HistoryOptions,
  history,
  type RollbackOptions,
  renameDeprecatedKeys,
  rollback,
} from './config/history.ts';
export { type MigrationResult, migrateFile } from './config/migrate.ts';
export type { Port } from './config/port.ts';
export { type Redactor, redactor } from './config/redactor.ts';
export { lastRejection, resumeReport } from './config/reports.ts';
export { resolveTexts } from './config/resolve-texts.ts';
export { compareSnapshots, type IdentityChange, type ResumeReport, type SnapshotDifference } from './config/resume.ts';
export { type SettingValues, setAll } from './config/set-all.ts';
export { shareConfig } from './config/share.ts';
export type { DefinitionChanges, Snapshot, SnapshotJson, SnapshotParts } from './config/snapshot.ts';
export type { Watcher, WatchOptions } from './config/watch.ts';
export {
  type Definition,
  type DefinitionInput,
  defineConfig,
  type LastKnownGoodOptions,
  type MovableFile,
} from './definition.ts';
export { ConfigError, type ErrorCode, type Issue } from './errors.ts';
export type { ExplainedCandidate, ExplainedPart, ExplainOptions, Explanation } from './explanation.ts';
export { describeIssue, describeIssues } from './issue-texts.ts';
export type { Key } from './key.ts';
export { describeOrigin, type Entry, LAYERS, type LayerName, type Origin } from './layer.ts';
export { type LoadOptions, loadConfig, loadConfigSync } from './load.ts';
export type { JsonDraft, Migration, Migrations, VersionOptions } from './migrations.ts';
export type { BaseFile, ProfileChoice, ProfileDefinition } from './profile.ts';
export { type ResolveContext, type ResolvedNames, type Resolver, resolver } from './resolver.ts';
export {
  exclusive,
  type RequiresOptions,
  type Rule,
  type RulesDefinition,
  requires,
  rule,
  transition,
} from './rules.ts';
export { defineSettings } from './schema/define-settings.ts';
export { type DerivedDefault, derived } from './schema/derived-default.ts';
export { type Each, each, eachOf } from './schema/each.ts';
export type {
  AnyKey,
  ConfigValues,
  FormatDefinition,
  Mutable,
  NewValue,
  OpenKey,
  SettingDefinition,
  SettingKey,
  SettingsDefinition,
  UnknownMembers,
  ValueAt,
  Values,
} from './schema/types.ts';
export type { FormatTypes } from './schema/types-formats.ts';
export {
  type VariantFile,
  type Variants,
  type VariantsDefinition,
  type VariantsOptions,
  variants,
} from './schema/variants.ts';
export { type DirectoryOptions, directory } from './sources/directory.ts';
export type { Environment } from './sources/dotenv.ts';
export type { Rename } from './sources/rename.ts';
export type {
  SchemaView,
  SettingView,
  Source,
  SourceResult,
  SourceWatch,
  SourceWatchOptions,
} from './sources/source.ts';
export {
  loadConfigOrExit,
  type StartOptions,
  type StartOutput,
  type StartTerminal,
} from './start/load-config-or-exit.ts';
export { type JsonFileOptions, jsonFile } from './stores/json-file.ts';
export type {
  Authorship,
  Revision,
  Store,
  StoredDocument,
  StoreHandler,
  StoreLimits,
  WriteOptions,
  WriteResult,
} from './stores/store.ts';
export type { UnknownKeyPolicy, UnknownKeyRules, UnknownKeys } from './unknown-keys.ts';
