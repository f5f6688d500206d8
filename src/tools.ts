// What command lines, editors and stores over varve use, and programs do not.
export { type ConfigFile, configFiles } from './config/files.ts';
export { type GroupMember, type GroupMembers, groupMembers } from './config/group-members.ts';
export { jsonValue } from './config/json-value.ts';
export { layerNames } from './config/layer-names.ts';
export { type KeyRedaction, keyRedactions } from './config/redactions.ts';
export { repeatedSnapshot } from './config/repeated-snapshot.ts';
export { incomparableSecrets } from './config/resume.ts';
export { explainChange } from './config/set-all.ts';
export { snapshotFingerprint } from './config/snapshot.ts';
export { isSnapshot } from './config/snapshot-shape.ts';
export { fileOf } from './definition.ts';
export {
  describeFlag,
  describeMember,
  describeSetting,
  describeSettings,
  type FlagDescription,
  jsonSchema,
  renameSnapshot,
  settingText,
} from './describe.ts';
export {
  describeGroups,
  type GroupDescription,
  type NamedGroupsDescription,
  type PlainGroupDescription,
  type VariantsDescription,
} from './describe-groups.ts';
export { isVariable, REDACTED } from './layer.ts';
export { didYouMean, nearest } from './near-names.ts';
export type { Constraints, SettingDescription, VariantCondition } from './setting-description.ts';
export { dotenvPaths, parseDotenv } from './sources/dotenv.ts';
export { wholeMarks } from './sources/whole-variables.ts';
export {
  type EditResult,
  type LocalStore,
  type NextText,
  STORE_LIMITS,
  type StoreSetup,
  type UnreadableDocument,
} from './stores/store.ts';
