import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from 'varve';
import type definition from './definition.ts';

/** What is injected: by `@Inject(CONFIG) config: AppConfig`. */
export const CONFIG: unique symbol = Symbol('the configuration');

export type AppConfig = Config<(typeof definition)['settings']>;

@Module({})
export class ConfigModule {
  /** It takes a configuration that is loaded, so that the program decides what a wrong one means, and a test gives its own. */
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}
