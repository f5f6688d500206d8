import type { Definition } from '../../src/index.ts';

export function definition(url: string): Promise<Definition>;
