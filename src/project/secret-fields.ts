import { type Field, type StreamModel, snakeCase } from '../model/index.js';

/** Words that name a secret wherever they stand in a name. */
const SECRETS = new Set(
  'password passwords passwd pwd passphrase passcode secret secrets token tokens jwt salt otp totp mnemonic credential credentials'.split(
    ' ',
  ),
);

/** Short numbers that let somebody in: secrets also as a column of numbers. */
const CODES = new Set('pin cvv cvc otp totp passcode'.split(' '));

/** Words that name a secret together, in this order: `invite_code`, `backup_codes`, `license_key`. */
const PAIRS: readonly (readonly [first: RegExp, second: RegExp])[] = [
  [
    /^(api|private|secret|access|license|licence|signing|encryption|master|service|auth|ssh|account|shared)$/,
    /^keys?$/,
  ],
  [
    /^(invite|invitation|backup|recovery|verification|verify|confirmation|activation|reset|security|access|auth|login|mfa|sms|factor|2fa)$/,
    /^codes?$/,
  ],
  [/^(seed|recovery)$/, /^phrase$/],
  [/^connection$/, /^(string|url|uri)$/],
];

/** Columns that are the secret itself in a table of secrets, such as `ApiKey.key`. */
const VALUES = new Set('key keys value code codes hash hashed_key hash_key'.split(' '));

/** What a name ends in that says something about a secret and is none: `api_key_id`, `token_type`, `password_changed_at`. */
const ABOUT = new Set(
  `id ids uuid type kind name label title description comment note at on date expiry expires expiration ttl count counts limit length size
  version status state enabled required policy strategy algorithm alg method provider scope scopes prefix suffix last4 symbol address
  attempts usage index arn`.split(/\s+/),
);

/** The fields of a model that look like secrets, are sent to every client that may call, and are not allowed by `@grpc.allow`. */
export function secretFields({ name, fields }: Pick<StreamModel, 'name' | 'fields'>): readonly Field[] {
  return fields.filter((field) => !field.allowed && mayHoldSecret(field) && isSecretName(name, field.name));
}

/** Whether the name of a model's field looks like that of a secret. */
export function isSecretName(model: string, field: string): boolean {
  const words = wordsOf(field);
  if (ABOUT.has(words.at(-1) ?? '')) return false;
  return isSecret(words) || (isSecret(wordsOf(model)) && VALUES.has(words.join('_')));
}

function isSecret(words: readonly string[]): boolean {
  const isPair = words.some((word, index) =>
    PAIRS.some(([first, second]) => first.test(word) && second.test(words[index + 1] ?? '')),
  );
  return isPair || words.at(-1) === 'pass' || words.some((word) => SECRETS.has(word) || CODES.has(word));
}

function mayHoldSecret({ name, type }: Field): boolean {
  if (type.kind === 'enum') return false;
  switch (type.scalar) {
    case 'String':
    case 'Bytes':
    case 'Json':
      return true;
    case 'Int':
    case 'BigInt':
      return wordsOf(name).some((word) => CODES.has(word));
    default:
      return false;
  }
}

/** `apikey` and `API_KEY` are two words as `apiKey` is. */
function wordsOf(name: string): string[] {
  return snakeCase(name)
    .replace(/(^|_)(api|private|access|secret)(keys?)(_|$)/g, '$1$2_$3$4')
    .split('_');
}
