import { NestFactory } from '@nestjs/core';
import { loadConfigOrExit } from 'varve';
import { AppModule } from './app.module';
import definition from './varve.config';

async function bootstrap(): Promise<void> {
  const config = await loadConfigOrExit(definition);
  const app = await NestFactory.create(AppModule.with(config), { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(config.values.port);
  process.stdout.write(`listening at ${await app.getUrl()}\n`);
}

void bootstrap();
