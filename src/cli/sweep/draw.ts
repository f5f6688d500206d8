import { createHash } from 'node:crypto';

/**
 * A number from 0 up to 1 that depends on nothing but the seed, the number of the draw and the axis: more draws, or
 * another axis, leave the draws before as they are. The first 52 bits of the SHA-256 of `SEED/DRAW/AXIS`.
 */
export function drawShare(seed: string, draw: number, axis: string): number {
  const digest = createHash('sha256').update(`${seed}/${draw}/${axis}`).digest('hex');
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}
