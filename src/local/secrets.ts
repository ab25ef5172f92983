import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_KEYS, type SecretKey } from '../farm/words.js';

/** Values of the Secret `cachefarm-auth`. */
export type FarmSecrets = Readonly<Record<SecretKey, string>>;

interface StoredSecrets extends FarmSecrets {
  /** bearer token of the farm's API */
  readonly token: string;
}

const random = (): string => randomBytes(24).toString('base64url');

/** The farm's secrets: made at random for a new state folder, the same ever after. The file is the owner's only. */
export function stateSecrets(state: string): StoredSecrets {
  const file = join(state, 'secrets.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<StoredSecrets>) : {};
  const fresh = Object.fromEntries([...SECRET_KEYS, 'token'].map((key) => [key, random()]));
  const secrets = { ...fresh, ...kept } as unknown as StoredSecrets;
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
