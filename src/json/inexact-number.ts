/** Whether a number overflows, vanishes, becomes an integer, or is one whose digits are others when it is printed again. */
export function isInexact(mantissa: string, size: number, exponent: string): boolean {
  if (size === Number.POSITIVE_INFINITY) return true;
  if (size === 0) return /[1-9]/.test(mantissa);
  if (Number.isInteger(size) && hasFraction(mantissa, Number(exponent))) return true;
  if (!Number.isInteger(size) || Number.isSafeInteger(size)) return false;
  const [printed = ''] = String(size).split('e');
  return countingDigits(mantissa) !== countingDigits(printed);
}

/** The digits of a number without the zeros at its ends. */
function countingDigits(mantissa: string): string {
  const digits = mantissa.replace('.', '');
  let start = 0;
  while (digits[start] === '0') start++;
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return digits.slice(start, end);
}

/** Whether some digit that counts comes after the point. */
function hasFraction(mantissa: string, exponent: number): boolean {
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return fraction.length - exponent > digits.length - end;
}

/** Whether JavaScript cannot hold a decimal number, written without a sign, whose value is `size`. */
export function isInexactNumber(text: string, size: number): boolean {
  const [mantissa = '', exponent = ''] = text.split(/e/i);
  return isInexact(mantissa, size, exponent);
}
