import { createHmac } from 'node:crypto';
import { Controller, type DynamicModule, Get, Inject, Module, Param } from '@nestjs/common';
import type { Explanation } from 'varve';
import { type AppConfig, CONFIG, ConfigModule } from './config.module.ts';

@Controller()
export class GreetingController {
  readonly #config: AppConfig;

  constructor(@Inject(CONFIG) config: AppConfig) {
    this.#config = config;
  }

  @Get('hello/:name')
  hello(@Param('name') name: string): { readonly text: string; readonly signature: string } {
    const { greeting, signing } = this.#config.values;
    const text = `${greeting}, ${name}!`;
    return { text, signature: createHmac('sha256', String(signing.key)).update(text).digest('hex') };
  }

  /** For an operator: each setting with its layers, secrets masked. */
  @Get('config')
  explain(): readonly Explanation[] {
    return this.#config.explainAll();
  }
}

@Module({})
export class AppModule {
  static with(config: AppConfig): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config)], controllers: [GreetingController] };
  }
}
