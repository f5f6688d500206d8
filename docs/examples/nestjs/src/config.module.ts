import { type DynamicModule, Inject, Module } from '@nestjs/common';
import type { Config } from 'varve';
import type definition from './varve.config';

/** What `@InjectConfig()` injects: values, origins, changes. */
export type AppConfig = Config<(typeof definition)['settings']>;

/** The type of one group (or setting) at the top: `GroupOf<'signing'>`. */
export type GroupOf<K extends keyof AppConfig['values']> = AppConfig['values'][K];

/** The token of the whole configuration. */
export const CONFIG = 'config';

/** Injects the whole configuration: `@InjectConfig() config: AppConfig`. */
export const InjectConfig = (): ParameterDecorator => Inject(CONFIG);

/** Injects one group: `@InjectGroup('signing') signing: GroupOf<'signing'>`. */
export const InjectGroup = (name: keyof AppConfig['values']): ParameterDecorator => Inject(tokenOf(name));

/** The token of a group, for `overrideProvider` in a test. */
export const tokenOf = (name: keyof AppConfig['values']): string => `${CONFIG}.${name}`;

@Module({})
export class ConfigModule {
  /** Takes a loaded configuration: the program decides how an invalid one ends, and a test passes its own. */
  static forRoot(config: AppConfig): DynamicModule {
    const names = Object.keys(config.values) as (keyof AppConfig['values'])[];
    const groups = names.map((name) => ({ provide: tokenOf(name), useFactory: () => config.values[name] }));
    const providers = [{ provide: CONFIG, useValue: config }, ...groups];
    return { module: ConfigModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
