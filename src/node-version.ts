/** The version in `engines` of package.json. */
const OLDEST = [20, 19] as const;

/** The message for a Node.js that is too old for the package; `undefined` if it is not. */
export function tooOldNode(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `varve needs Node.js ${OLDEST.join('.')} or later, and this is ${version}: install a newer one from https://nodejs.org`;
}
