/** What happens to unknown keys. */
export const POLICIES: readonly unknown[] = ['warn', 'error', 'allow'];
