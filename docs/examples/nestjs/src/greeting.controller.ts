import { Controller, Get, Param } from '@nestjs/common';
import type { Explanation } from 'varve';
import { type AppConfig, InjectConfig } from './config.module';
import { Signer } from './signer.service';

@Controller()
export class GreetingController {
  constructor(
    @InjectConfig() private readonly config: AppConfig,
    private readonly signer: Signer,
  ) {}

  @Get('hello/:name')
  hello(@Param('name') name: string): { readonly text: string; readonly signature: string } {
    // Read for each request, so that a greeting that was reloaded is used.
    const text = `${this.config.values.greeting}, ${name}!`;
    return { text, signature: this.signer.sign(text) };
  }

  /** For an operator: each setting with its layers, secrets redacted. */
  @Get('config')
  explain(): readonly Explanation[] {
    return this.config.explainAll();
  }
}
