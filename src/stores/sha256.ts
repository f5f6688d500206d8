/** The SHA-256 of a text's UTF-8, in hexadecimal digits. */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}

/** The HMAC-SHA-256 of a text's UTF-8 under a secret, in hexadecimal digits. */
export function hmacSha256(secret: string, text: string): string {
  return process.getBuiltinModule('node:crypto').createHmac('sha256', secret).update(text).digest('hex');
}
