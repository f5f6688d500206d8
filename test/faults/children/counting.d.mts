import type { Definition } from '../../../src/index.ts';

export function counting(url: string): Promise<Definition>;
