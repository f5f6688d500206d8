/** Words in a name that say that its value is a secret, or may be one. */
const SECRET_WORDS =
  /^(?:secrets?|tokens?|pass|password|passwd|passphrase|passcode|pwd|pw|pin|otp|totp|keys?|apikey|private|auth|authorization|oauth|bearer|basic|jwt|pat|creds?|credentials?|dsn|salt|pepper|seed|mnemonic|nonce|signature|signing|hmac|hash|session|cookies?|csrf|webhooks?|license|licence|cert|certificate|pem|p12|pfx|keystore|connection|conn|connstr|sas|sid|access|client|consumer|encryption|cipher|aes|rsa|ssh|gpg|pgp|vault|master|magic|recovery|backup|invite|activation|account|card|iban|ssn|tax|phone)$/;

/** Whether a name, of a variable or a setting, may name a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return words
    .split(/[^a-z\d]+/)
    .some((word) => SECRET_WORDS.test(word) || /(?:secret|token|passw|pass$|apikey)/.test(word));
}

/** The beginnings of tokens of well-known services, private keys, and JSON Web Tokens. */
const TOKEN_SHAPE =
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk[-_]|pk[-_]|rk_|xox[abeoprs]-|AKIA|ASIA|AIza|ya29\.|eyJ|SG\.|npm_|dop_v1_|hf_|shpat_|whsec_|sq0|EAAC|pypi-|hvs\.|s\.[A-Za-z\d]{24}|-----BEGIN)/;

/** Whether a text has the look of a secret: the shape of a token, a URL with a password, or many random characters. */
export function looksSecret(text: string): boolean {
  if (TOKEN_SHAPE.test(text) || /:\/\/[^/?#\s:]*:[^/?#\s]*@/.test(text)) return true;
  return text.split(/[\s/.:?&=,;]+/).some((part) => part.length >= 16 && isMixed(part) && entropy(part) > 3);
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text);
}

/** The bits of a character by how often each occurs: about 2.5 for words, 4 and more for random text. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, n) => bits - (n / text.length) * Math.log2(n / text.length), 0);
}

/** `eu`, `Berlin`, `INFO`, `1`: one part of a plain text. Letters and digits together are not plain: `hunter2`. */
const PART = '(?:[A-Z]?[a-z]{1,14}|[A-Z]{1,8}|\\d{1,6})';

/** Texts that are plainly no secret, whatever their name is. */
const PLAIN = [
  /^$/,
  /^(?:true|false|yes|no|on|off|null|none)$/i,
  /^-?\d{1,9}(?:\.\d{1,9})?(?:e[+-]?\d{1,3})?$/i,
  /^\d{1,6}(?:\.\d{1,3})?\s?(?:ms|s|m|h|d|w|k|kb|mb|gb|tb|ki?b|mi?b|gi?b|%)$/i,
  /^v?\d{1,4}(?:\.\d{1,5}){1,3}$/,
  // A word, or up to three of them: `production`, `eu-west-1`, `Europe/Berlin`, `en_US.UTF-8`.
  new RegExp(`^${PART}(?:[-_./:]${PART}){0,3}$`),
];

const LONGEST_WORDS = 24;

/** Whether a text is plainly no secret by its look; whatever cannot be told is not. */
export function isPlainText(text: string): boolean {
  if (looksSecret(text)) return false;
  if (text.length <= LONGEST_WORDS && PLAIN.some((pattern) => pattern.test(text))) return true;
  return isPlainUrl(text) || isPlainPath(text) || isPlainAddress(text);
}

/** A host of words, at most a port, and a path of words: no user, query or fragment. */
function isPlainUrl(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s?#@]+$/i.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return isPlainHost(hostname) && (pathname === '' || isPlainPath(pathname));
}

/** `localhost`, `db-1.internal.example.com`, `127.0.0.1`, each with a port or without. */
function isPlainAddress(text: string): boolean {
  const [, local, host = ''] = /^(?:([a-z.-]{1,20})@)?([\w.-]+)(?::\d{1,5})?$/.exec(text) ?? [];
  return isPlainHost(host) && (local === undefined || host.includes('.')) && (text.includes('.') || text.includes(':'));
}

function isPlainHost(host: string): boolean {
  const label = `${PART}(?:-${PART}){0,4}`;
  return host.length <= 60 && new RegExp(`^${label}(?:\\.${label}){0,5}$`).test(host);
}

/** `/var/log/app.log`, `./data`, `src/a.ts`: up to eight words between slashes. */
function isPlainPath(text: string): boolean {
  const name = `\\.?${PART}(?:[-_.]${PART}){0,3}`;
  return text.includes('/') && text.length <= 80 && new RegExp(`^(?:~|\\.{1,2})?/?(?:${name}(?:/|$)){0,8}$`).test(text);
}

/** Whether every text and member name in a JSON value is plainly no secret. */
export function isPlainValue(value: unknown): boolean {
  if (typeof value === 'string') return isPlainText(value);
  if (typeof value !== 'object' || value === null) return isPlainText(String(value));
  if (Array.isArray(value)) return value.every(isPlainValue);
  return Object.entries(value).every(
    ([name, member]) => !isSecretName(name) && isPlainText(name) && isPlainValue(member),
  );
}
