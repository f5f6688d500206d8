import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigError, loadConfig } from 'varve';
import { AppModule } from './app.module.ts';
import definition from './definition.ts';

const config = await loadConfig(definition).catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(78);
});
const app = await NestFactory.create(AppModule.with(config), { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(config.values.port);
process.stdout.write(`listening at ${await app.getUrl()}\n`);
