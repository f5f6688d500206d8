import { Test } from '@nestjs/testing';
import { loadConfigSync } from 'varve';
import { AppModule } from './app.module';
import { type AppConfig, tokenOf } from './config.module';
import { GreetingController } from './greeting.controller';
import definition from './varve.config';

/** A configuration of values alone: without files, process.env or mocks. */
function testConfig(): AppConfig {
  const env = { GREETER_SIGNING__KEY: 'a long secret', GREETER_GREETING: 'Moin' };
  return loadConfigSync(definition, { env, argv: [], cwd: '/nonexistent' });
}

describe('GreetingController', () => {
  it('greets with the configured word', async () => {
    const module = await Test.createTestingModule({ imports: [AppModule.with(testConfig())] }).compile();
    expect(module.get(GreetingController).hello('Ada').text).toBe('Moin, Ada!');
  });

  it('signs with the configured key', async () => {
    const signatureWith = async (key: string): Promise<string> => {
      const builder = Test.createTestingModule({ imports: [AppModule.with(testConfig())] });
      const module = await builder.overrideProvider(tokenOf('signing')).useValue({ key }).compile();
      return module.get(GreetingController).hello('Ada').signature;
    };
    expect(await signatureWith('one key')).not.toBe(await signatureWith('another key'));
  });
});
