import { valueAt } from '../json/value.ts';
import { segments } from '../key.ts';
import type { LayerName } from '../layer.ts';
import { variantsAt } from '../schema/open-groups.ts';
import type { ConfigState } from './config-state.ts';

/** The layers of choices between variants that are not made. */
export function otherChoices({ given, fullSchema, values }: ConfigState): ReadonlySet<LayerName> {
  const others = given.filter(({ choice }) => {
    const chooser = choice && variantsAt(fullSchema.root, choice.group)?.parts.chooser.key;
    return chooser !== undefined && valueAt(values, segments(chooser)) !== choice?.name;
  });
  return new Set(others.map(({ name }) => name));
}
