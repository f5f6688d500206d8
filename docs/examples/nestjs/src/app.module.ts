import { type DynamicModule, Module } from '@nestjs/common';
import { type AppConfig, ConfigModule } from './config.module';
import { GreetingController } from './greeting.controller';
import { Signer } from './signer.service';

@Module({})
export class AppModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.forRoot(config)],
      controllers: [GreetingController],
      providers: [Signer],
    };
  }
}
