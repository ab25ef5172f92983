/** A read-mostly Kubernetes API over HTTP: one base path a datacenter, bearer token, errors as Status objects. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { NotFound } from './kube-cluster.js';
import type { LabelSelector } from './manifest.js';
import { parseLabelSelector, selectsLabels } from './select-labels.js';

interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** What the API shows of one datacenter. */
export interface ApiSource {
  readonly pods: () => readonly ApiObject[];
  readonly nodes: () => readonly ApiObject[];
  readonly cacheClusters: () => readonly ApiObject[];
  readonly version: () => string;
  /** @param force grace period 0 @throws NotFound */
  readonly deletePod: (name: string, force: boolean) => void;
}

class Refused extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

const KINDS = {
  pods: { path: 'api/v1', list: 'PodList', apiVersion: 'v1' },
  nodes: { path: 'api/v1', list: 'NodeList', apiVersion: 'v1' },
  cacheclusters: {
    path: 'apis/cachefarm.dev/v1alpha1',
    list: 'CacheClusterList',
    apiVersion: 'cachefarm.dev/v1alpha1',
  },
} as const;
type Resource = keyof typeof KINDS;

interface ApiPath {
  readonly datacenter: string;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

function parsePath(path: string): ApiPath {
  const match =
    /^\/(?<datacenter>[^/]+)\/(?<group>api\/v1|apis\/cachefarm\.dev\/v1alpha1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?$/.exec(
      path,
    );
  const { datacenter = '', group, namespace, resource = '', name } = match?.groups ?? {};
  const kind = Object.hasOwn(KINDS, resource) ? KINDS[resource as Resource] : undefined;
  if (kind?.path !== group || kind === undefined)
    throw new Refused(404, 'NotFound', 'the server could not find the requested resource');
  return { datacenter, resource: resource as Resource, namespace, name };
}

function selector(query: URLSearchParams): LabelSelector {
  if (query.get('watch') === 'true' || query.get('watch') === '1')
    throw new Refused(405, 'MethodNotAllowed', 'watch is not offered by the embedded farm: list again');
  if (query.get('fieldSelector'))
    throw new Refused(400, 'BadRequest', 'fieldSelector is not offered by the embedded farm');
  const parsed = parseLabelSelector(query.get('labelSelector') ?? '');
  if (!parsed)
    throw new Refused(400, 'BadRequest', `labelSelector ${query.get('labelSelector')} is not equality-based`);
  return parsed;
}

function objectsOf(source: ApiSource, { resource, namespace }: ApiPath): readonly ApiObject[] {
  const all = { pods: source.pods, nodes: source.nodes, cacheclusters: source.cacheClusters }[resource]();
  return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
}

function find(source: ApiSource, path: ApiPath): ApiObject {
  const object = objectsOf(source, path).find((candidate) => candidate.metadata.name === path.name);
  if (!object) throw new NotFound(`${path.resource} "${path.name}" not found`);
  return object;
}

function read(source: ApiSource, path: ApiPath, query: URLSearchParams): unknown {
  if (path.name !== undefined) return find(source, path);
  const labels = selector(query);
  const { list, apiVersion } = KINDS[path.resource];
  const items = objectsOf(source, path).filter((object) => selectsLabels(labels, object.metadata.labels ?? {}));
  return { kind: list, apiVersion, metadata: { resourceVersion: source.version() }, items };
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly gracePeriodSeconds?: number }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    throw new Refused(400, 'BadRequest', 'the body is not JSON');
  }
}

async function answer(request: IncomingMessage, url: URL, source: ApiSource, path: ApiPath): Promise<unknown> {
  if (request.method === 'GET') return read(source, path, url.searchParams);
  if (
    request.method !== 'DELETE' ||
    path.resource !== 'pods' ||
    path.name === undefined ||
    path.namespace === undefined
  )
    throw new Refused(405, 'MethodNotAllowed', 'the embedded farm offers GET, and DELETE of a pod');
  const body = await bodyOf(request);
  const grace = url.searchParams.get('gracePeriodSeconds') ?? body.gracePeriodSeconds;
  const pod = find(source, path);
  source.deletePod(path.name, grace !== undefined && grace !== null && Number(grace) === 0);
  return pod;
}

function authorized(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return false;
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: Error): void {
  const { code, reason } =
    error instanceof Refused
      ? error
      : error instanceof NotFound
        ? { code: 404, reason: 'NotFound' }
        : { code: 500, reason: 'InternalError' };
  send(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason,
    code,
  });
}

/**
 * @param sourceOf the datacenter's objects; `down` when it has no power: the connection is cut, as nobody is there to answer
 * @returns a server that does not listen yet
 */
export function createApi(
  token: () => string | undefined,
  sourceOf: (datacenter: string) => ApiSource | 'down' | undefined,
): Server {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!authorized(request, token())) throw new Refused(401, 'Unauthorized', 'Unauthorized');
    const url = new URL(request.url ?? '/', 'http://farm');
    const path = parsePath(url.pathname);
    const source = sourceOf(path.datacenter);
    if (source === undefined) throw new Refused(404, 'NotFound', `there is no datacenter ${path.datacenter}`);
    if (source === 'down') request.socket.destroy();
    else send(response, 200, await answer(request, url, source, path));
  };
  return createServer((request, response) => {
    serve(request, response).catch((error: Error) => refuse(response, error));
  });
}
