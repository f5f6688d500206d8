/** The longest that a timer can wait, in milliseconds: with more, Node.js waits 1 ms. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;
