/** Who may use the page of an embedded farm: what TokenReview and SubjectAccessReview answer. In memory, and gone with the farm. */
import { randomBytes } from 'node:crypto';
import { type Loose, list, record, text } from '../farm/loose.js';
import { sameSecret } from './same-secret.js';

export type May = 'read' | 'change' | 'drain';

export interface EmbeddedPerson {
  readonly user: string;
  /** @default none */
  readonly groups?: readonly string[];
  /** read: look; change: cache clusters; drain: marks on machines and pods */
  readonly may: readonly May[];
}

/** The person whose token is printed at the start. */
export const OWNER: EmbeddedPerson = { user: 'embedded', may: ['read', 'change', 'drain'] };

const READING = ['get', 'list', 'watch'];

function neededFor({ verb, resource }: Loose): May | undefined {
  if (READING.includes(text(verb) ?? '')) return 'read';
  if (resource === 'cacheclusters') return 'change';
  return resource === 'nodes' || resource === 'pods' ? 'drain' : undefined;
}

export class People {
  readonly #known: { readonly token: string; readonly person: EmbeddedPerson }[] = [];

  /** @returns a bearer token that is his */
  add(person: EmbeddedPerson): string {
    const token = randomBytes(24).toString('base64url');
    this.#known.push({ token, person });
    return token;
  }

  /** Status of a TokenReview. */
  reviewToken({ spec }: Loose): Loose {
    const token = text(record(spec).token) ?? '';
    const found = this.#known.find((one) => sameSecret(one.token, token));
    if (!found) return { authenticated: false, error: 'the token is nobody’s' };
    const { user, groups = [] } = found.person;
    return { authenticated: true, user: { username: user, groups: [...groups, 'system:authenticated'] } };
  }

  /** Status of a SubjectAccessReview. */
  reviewAccess({ spec }: Loose): Loose {
    const { user, groups, resourceAttributes } = record(spec);
    const needed = neededFor(record(resourceAttributes));
    const allowed =
      needed !== undefined &&
      this.#known.some(
        ({ person }) =>
          (person.user === user || (person.groups ?? []).some((group) => list(groups).includes(group))) &&
          person.may.includes(needed),
      );
    return { allowed, reason: allowed ? '' : `${String(user)} may not` };
  }
}
