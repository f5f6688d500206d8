import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type GroupOf, InjectGroup } from './config.module';

/** Signs texts. It knows one group of the configuration. */
@Injectable()
export class Signer {
  constructor(@InjectGroup('signing') private readonly signing: GroupOf<'signing'>) {}

  sign(text: string): string {
    return createHmac('sha256', this.signing.key).update(text).digest('hex');
  }
}
