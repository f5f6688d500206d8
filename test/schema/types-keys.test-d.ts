import { expect, expectTypeOf, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import type { AnyKey, OpenKey, SettingKey, ValueAt } from '../../src/schema/types.ts';

declare const anything: string;

const definition = defineConfig({
  name: 'keys',
  settings: {
    top: { format: 'nat', default: 1 },
    optimizer: {
      lr: { format: Number, min: 0, default: 0.1 },
      schedule: {
        kind: { format: ['step', 'cosine'], default: 'step' },
        steps: { format: Array, items: 'nat', default: [1] },
      },
    },
    meta: { format: Object, default: {} },
  },
});
declare const config: Config<typeof definition.settings>;

test('keys are dotted, of settings and of groups', () => {
  type S = typeof definition.settings;
  type Leaves = 'top' | 'optimizer.lr' | 'optimizer.schedule.kind' | 'optimizer.schedule.steps' | 'meta';
  expectTypeOf<SettingKey<S>>().toEqualTypeOf<Leaves>();
  expectTypeOf<AnyKey<S>>().toEqualTypeOf<Leaves | 'optimizer' | 'optimizer.schedule'>();
  expectTypeOf<ValueAt<S, 'optimizer.schedule.kind'>>().toEqualTypeOf<'step' | 'cosine'>();
  expectTypeOf<ValueAt<S, 'top' | 'optimizer.schedule.kind'>>().toEqualTypeOf<number | 'step' | 'cosine'>();
  expectTypeOf<ValueAt<S, 'optimizer.nothing'>>().toEqualTypeOf<unknown>();
});

test('get gives the value of a setting or a group', () => {
  expectTypeOf(config.get('optimizer.lr')).toEqualTypeOf<number>();
  expectTypeOf(config.get('optimizer.schedule')).toEqualTypeOf<{
    readonly kind: 'step' | 'cosine';
    readonly steps: readonly number[];
  }>();
  expectTypeOf(config.get('optimizer.schedule')).toEqualTypeOf(config.values.optimizer.schedule);
  for (const key of ['top', 'optimizer.schedule.kind'] as const) {
    expectTypeOf(config.get(key)).toEqualTypeOf<number | 'step' | 'cosine'>();
  }
  // @ts-expect-error misspelt
  config.get('optimiser.lr');
  // @ts-expect-error a member of a declaration is not a key
  config.get('optimizer.lr.default');
  // @ts-expect-error a text that is only known at run time
  config.get(anything);
});

test('values are deeply readonly', () => {
  // @ts-expect-error readonly
  config.values.top = 2;
  // @ts-expect-error readonly
  config.values.optimizer.schedule.kind = 'step';
  // @ts-expect-error readonly
  config.values.optimizer.schedule.steps.push(1);
  // @ts-expect-error no such setting
  config.values.optimizer.speed;
});

test('set and override take the value of the setting', () => {
  config.set('optimizer.lr', 0.2);
  config.set('optimizer.schedule.kind', 'cosine');
  config.set('optimizer.schedule.steps', [1, 2]);
  config.set('meta', { anything: 'goes' });
  config.override('optimizer.lr', undefined);
  // @ts-expect-error a text for a number
  config.set('optimizer.lr', '0.2');
  // @ts-expect-error no option
  config.set('optimizer.schedule.kind', 'linear');
  // @ts-expect-error a list of texts
  config.set('optimizer.schedule.steps', ['1']);
  // @ts-expect-error undefined is what unset is for
  config.set('optimizer.lr', undefined);
  // @ts-expect-error a group is not a setting
  config.set('optimizer', { lr: 1 });
  // @ts-expect-error misspelt
  config.set('optimizer.lrr', 1);
  // @ts-expect-error null for a setting that is not nullable
  config.override('top', null);
});

test('explain, unset and reset take settings, subscribe takes groups too', () => {
  config.explain('optimizer.lr');
  config.unset('top');
  config.subscribe(() => {}, { keys: ['optimizer', 'meta'] });
  // @ts-expect-error a group has no origin
  config.explain('optimizer');
  // @ts-expect-error misspelt
  config.unset('tpo');
  // @ts-expect-error misspelt
  config.reset('optimizer.lrr');
  // @ts-expect-error misspelt
  config.subscribe(() => {}, { keys: ['optimiser'] });
});

test('a draft may be changed', () => {
  config.update((draft) => {
    draft.top += 1;
    draft.optimizer.schedule.steps.push(3);
    draft.optimizer.schedule = { kind: 'step', steps: [] };
    draft.meta['added'] = true;
    // @ts-expect-error no option
    draft.optimizer.schedule.kind = 'linear';
    // @ts-expect-error misspelt
    draft.optimizer.speed = 1;
  });
});

test('where unknown keys are allowed they are untyped, and known ones stay typed', () => {
  const open = loadConfigSync(
    defineConfig({
      name: 'open',
      unknown: 'allow',
      settings: { known: { format: 'nat', default: 1 }, group: { a: 'x' } },
    }),
  );
  expectTypeOf(open.get('known')).toEqualTypeOf<number>();
  expectTypeOf(open.get('made.up')).toEqualTypeOf<unknown>();
  expectTypeOf(open.get(anything)).toEqualTypeOf<unknown>();
  expectTypeOf(open.values.known).toEqualTypeOf<number>();
  expectTypeOf(open.values['made up']).toEqualTypeOf<unknown>();
  open.set('made.up', [1]);
  // @ts-expect-error a text for a number
  open.set('known', 'x');
  const warned = loadConfigSync(defineConfig({ name: 'warned', unknown: 'warn', settings: { known: 1 } }));
  // @ts-expect-error misspelt
  warned.get('knwon');
});

test('any configuration and any definition can be handed to a function for all of them', () => {
  const open = loadConfigSync(defineConfig({ name: 'open', unknown: 'allow', settings: { known: 1 } }));
  const forAll = (each: Config): unknown => each.get(anything);
  forAll(config);
  forAll(open);
  loadConfigSync(definition);
});

test('patterns of allowed unknown keys are keys, and no others', () => {
  type Open = OpenKey<{ readonly allow: readonly ['plugins.**', 'teams.*.size'] }>;
  expectTypeOf<Open>().toEqualTypeOf<'plugins' | `plugins.${string}` | `teams.${string}.size`>();
  expectTypeOf<OpenKey<{ readonly file: 'error' }>>().toEqualTypeOf<never>();
  expectTypeOf<OpenKey<'allow'>>().toEqualTypeOf<string & {}>();
  const allowing = defineConfig({ name: 'allowing', unknown: { allow: ['plugins.**'] }, settings: { lr: 1 } });
  const open = loadConfigSync(allowing, { env: {}, argv: [], onWarning: false });
  open.set('plugins.cache.size', 10);
  // @ts-expect-error misspelt
  expect(() => open.set('plugin.cache.size', 10)).toThrow('plugin.cache.size: is not a setting');
});
