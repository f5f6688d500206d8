import type { ConfigEvent, SettingChange } from '../index.ts';
import type { Session } from './session.ts';

/**
 * Calls `changed` with the keys whose resources changed, also when a higher layer overrides the change. Returns the
 * function that stops it.
 */
export async function watchSession(
  session: Session,
  changed: (keys: readonly string[]) => void,
): Promise<() => Promise<void>> {
  const [config, file] = await Promise.all([session.load(), session.loadFileOnTop()]);
  const report = (changes: readonly SettingChange[]): void => {
    if (changes.length > 0) changed(changes.map(({ key }) => key));
  };
  let wasRejected = false;
  config.subscribe((event) => {
    const isRejected = 'rejected' in event;
    // While the file is rejected, the server shows the values of the other layers.
    if (isRejected || wasRejected) changed(config.explainAll().map(({ key }) => key));
    else report(changesOf(event).filter(isOfOtherLayer));
    wasRejected = isRejected;
  });
  file.subscribe((event) => report(changesOf(event).filter(isOfFile)));
  const watchers = [config.watch(), file.watch()];
  return async () => void (await Promise.all(watchers.map((watcher) => watcher.close())));
}

function changesOf(event: ConfigEvent): readonly SettingChange[] {
  return 'rejected' in event ? [] : [...event.changes, ...event.waiting];
}

/** Whether the file has, or had, the value; with the file above all other layers, the change is then one of the file. */
function isOfFile({ from, to }: SettingChange): boolean {
  return [from, to].some((origin) => origin?.layer === 'file');
}

function isOfOtherLayer({ from, to }: SettingChange): boolean {
  return [from, to].some((origin) => origin && !['file', 'default'].includes(origin.layer));
}
