// What command lines, editors and stores over varve use, and programs do not.
export { type ConfigFile, configFiles } from './config/files.ts';
export { isSnapshot } from './config/resume.ts';
export { explainChange } from './config/set-all.ts';
export { snapshotFingerprint } from './config/snapshot.ts';
export { fileOf } from './definition.ts';
export {
  type Constraints,
  describeFlag,
  describeGroups,
  describeMember,
  describeSetting,
  describeSettings,
  type FlagDescription,
  type GroupDescription,
  jsonSchema,
  type NamedGroupsDescription,
  type PlainGroupDescription,
  renameSnapshot,
  type SettingDescription,
  settingText,
  type VariantCondition,
  type VariantsDescription,
} from './describe.ts';
export { didYouMean, nearest } from './key.ts';
export { isVariable } from './layer.ts';
export { dotenvPaths, parseDotenv } from './sources/dotenv.ts';
export {
  type EditResult,
  type LocalStore,
  type NextText,
  STORE_LIMITS,
  type StoreSetup,
  type UnreadableDocument,
} from './stores/store.ts';
