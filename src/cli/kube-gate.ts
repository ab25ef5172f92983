/**
 * Who may use the HTTP API: what the KubeCluster says of a token (TokenReview), and of what its owner may do (SubjectAccessReview).
 * Answers count for ten seconds; nothing is ever let in because nobody could be asked. Tokens are kept as digests, and told to nobody else.
 */
import { createHash } from 'node:crypto';
import { callKube } from '../act/http-hand.js';
import { KubeRefused } from '../act/kube-hand.js';
import type { Gate, Person, Verb } from '../api/parts.js';
import { type Loose, list, record, text } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { DOMAIN, kubernetesName } from '../farm/words.js';
import type { KubeEndpoint } from '../world/kube.js';
import { ShortMemory } from './short-memory.js';

export interface KubeGateParts {
  readonly frame: FarmFrame;
  /** its own KubeCluster first; another one is asked only where that does not answer */
  readonly endpoints: readonly KubeEndpoint[];
  /** ms on a steady clock */
  now(): number;
}

/** ms of one request; two KubeClusters may be asked one after the other */
const TIMEOUT_MS = 2_000;
/** ms, as short as those of API servers themselves (--authorization-webhook-cache-unauthorized-ttl is 30 s, --authentication-token-webhook-cache-ttl 10 s) */
const KEPT_MS = 10_000;
const MOST_KEPT = 1_000;
/** What no token is: API servers limit a header to 1 MB, a JWT of a sane issuer has 1 to 4 kB. */
const LONGEST_TOKEN = 16_384;

/** What else the KubeCluster says of him, which its authorizers may ask for; and which KubeCluster said it. */
interface Known {
  readonly endpoint: KubeEndpoint;
  readonly more: Loose;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function personIn(status: Loose): Person | undefined {
  const user = record(status.user);
  const name = text(user.username);
  if (status.authenticated !== true || name === undefined || name === '') return undefined;
  return { user: name, groups: list(user.groups).flatMap((group) => text(group) ?? []) };
}

class KubeGate implements Gate {
  readonly #people: ShortMemory<Person | undefined>;
  readonly #rights: ShortMemory<boolean>;
  readonly #known = new WeakMap<Person, Known>();

  constructor(readonly parts: KubeGateParts) {
    this.#people = new ShortMemory(MOST_KEPT, KEPT_MS, () => parts.now());
    this.#rights = new ShortMemory(MOST_KEPT, KEPT_MS, () => parts.now());
  }

  who(token: string): Promise<Person | undefined> {
    if (token === '' || token.length > LONGEST_TOKEN || !/^[\x21-\x7e]+$/.test(token))
      return Promise.resolve(undefined);
    const key = createHash('sha256').update(token).digest('base64');
    return this.#people.of(key, () => this.#review(token));
  }

  /** A token that another KubeCluster does not know may be one of the KubeCluster that is silent: that is no answer. */
  async #review(token: string): Promise<Person | undefined> {
    let silent: string | undefined;
    for (const endpoint of this.parts.endpoints) {
      try {
        const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
        const { status } = await this.#post(endpoint, 'authentication.k8s.io/v1/tokenreviews', body);
        const person = personIn(record(status));
        if (person) this.#known.set(person, { endpoint, more: record(record(status).user) });
        if (person || silent === undefined) return person;
        break;
      } catch (error) {
        silent ??= `${endpoint.datacenter}: ${textOf(error)}`;
      }
    }
    throw new Error(`nobody could be asked whose token it is (${silent ?? 'no KubeCluster is known'})`);
  }

  may(person: Person, verb: Verb, clusterName?: string): Promise<boolean> {
    const { changes = 'none' } = this.parts.frame.web ?? {};
    // Whoever may patch machines with kubectl may still not do it here where the farm does not offer it.
    if ((verb === 'change' && changes === 'none') || (verb === 'drain' && changes !== 'all'))
      return Promise.resolve(false);
    const key = JSON.stringify([person.user, person.groups, verb, clusterName, this.#known.get(person)?.more ?? {}]);
    return this.#rights.of(key, () => this.#allowed(person, attributes(this.parts.frame, verb, clusterName)));
  }

  async #allowed(person: Person, resourceAttributes: Loose): Promise<boolean> {
    const known = this.#known.get(person);
    const { uid, extra } = known?.more ?? {};
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: person.user,
        groups: person.groups,
        resourceAttributes,
        ...(uid === undefined ? {} : { uid }),
        ...(extra === undefined ? {} : { extra }),
      },
    };
    // A name means somebody in the KubeCluster that has said it, and perhaps somebody else in another one.
    const asked = known ? [known.endpoint] : this.parts.endpoints;
    let silent: string | undefined;
    for (const endpoint of asked) {
      try {
        const { status } = await this.#post(endpoint, 'authorization.k8s.io/v1/subjectaccessreviews', body);
        const { allowed, denied } = record(status);
        return allowed === true && denied !== true;
      } catch (error) {
        silent ??= `${endpoint.datacenter}: ${textOf(error)}`;
      }
    }
    throw new Error(`nobody could be asked what ${person.user} may do (${silent ?? 'no KubeCluster is known'})`);
  }

  async #post(endpoint: KubeEndpoint, path: string, body: Loose): Promise<Loose> {
    try {
      return await callKube(endpoint, { method: 'POST', path: `/apis/${path}`, body }, TIMEOUT_MS);
    } catch (error) {
      // A refusal quotes what it refuses at times: its number says enough, and tells no token.
      if (error instanceof KubeRefused) throw new Error(`its API refuses with HTTP ${error.code}`);
      throw error;
    }
  }
}

function attributes({ namespace }: FarmFrame, verb: Verb, clusterName: string | undefined): Loose {
  if (verb === 'drain') return { group: '', version: 'v1', resource: 'nodes', verb: 'patch' };
  const name = clusterName === undefined ? {} : { name: kubernetesName(clusterName) };
  const what = { group: DOMAIN, version: 'v1alpha1', resource: 'cacheclusters', namespace };
  return verb === 'read' ? { ...what, verb: 'list' } : { ...what, verb: 'patch', ...name };
}

export const kubeGate = (parts: KubeGateParts): Gate => new KubeGate(parts);

/** The datacenter this process runs in first: its tokens are the ones that people there have. */
export const ownFirst = (
  endpoints: readonly KubeEndpoint[],
  ownDatacenter: string | undefined,
): readonly KubeEndpoint[] => [
  ...endpoints.filter(({ datacenter }) => datacenter === ownDatacenter),
  ...endpoints.filter(({ datacenter }) => datacenter !== ownDatacenter),
];
