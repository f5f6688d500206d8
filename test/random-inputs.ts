const FACTOR = Number(process.env['VARVE_RUNS'] ?? 1);

/** How many random inputs a law is tried with: `usual`, as every run has others, or VARVE_RUNS times as many. */
export function randomInputs(usual: number): number {
  return Math.ceil(usual * FACTOR);
}
