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

/** Its text is in no message: passwords are in it. */
export class UnreadableSecrets extends Error {
  override readonly name = 'UnreadableSecrets';
  constructor(file: string) {
    super(`${file} is not what was written there, a JSON object of texts: delete it for new secrets, or bring it back`);
  }
}

function readKept(file: string): Partial<StoredSecrets> {
  if (!existsSync(file)) return {};
  let kept: unknown;
  try {
    kept = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableSecrets(file);
    throw error;
  }
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) throw new UnreadableSecrets(file);
  if (Object.values(kept).some((value) => typeof value !== 'string')) throw new UnreadableSecrets(file);
  return kept;
}

/** The farm's secrets: made at random for a new state folder, the same ever after. The file is the owner's only. @throws UnreadableSecrets */
export function stateSecrets(state: string): StoredSecrets {
  const file = join(state, 'secrets.json');
  const kept = readKept(file);
  const fresh = Object.fromEntries([...SECRET_KEYS, 'token'].map((key) => [key, random()]));
  const secrets = { ...fresh, ...kept } as unknown as StoredSecrets;
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
