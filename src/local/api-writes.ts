/** Requests that change something: CacheClusters, Leases and Events in every way, marks on pods and nodes, deletion of a pod. */
import type { IncomingMessage } from 'node:http';
import { type Loose, record, text } from '../farm/loose.js';
import { readBody, requireMediaType } from './api-body.js';
import type { ApiPath } from './api-path.js';
import { ApiRefusal, badRequest } from './api-refusal.js';
import type { ApiSource } from './api-source.js';
import { findObject } from './api-source.js';
import type { FieldValidation } from './cache-cluster-object.js';
import type { WriteOptions, Written } from './declared-objects.js';
import { readMark } from './marks.js';

export interface Answer {
  readonly code: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const OBJECT = ['application/json', 'application/yaml', ''];
const VALIDATIONS: readonly FieldValidation[] = ['Strict', 'Warn', 'Ignore'];

function flag(query: URLSearchParams, name: string, values: readonly string[]): boolean {
  const value = query.get(name);
  if (value === null || value === '') return false;
  if (!values.includes(value)) throw badRequest(`${name}: Unsupported value: ${JSON.stringify(value)}`);
  return value !== 'false';
}

function writeOptions(request: IncomingMessage, query: URLSearchParams): WriteOptions {
  const validation = query.get('fieldValidation') || 'Warn';
  if (!VALIDATIONS.includes(validation as FieldValidation))
    throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(validation)}`);
  return {
    manager: query.get('fieldManager') || (request.headers['user-agent'] ?? '').split('/')[0] || 'unknown',
    validation: validation as FieldValidation,
    dryRun: flag(query, 'dryRun', ['All']),
    force: flag(query, 'force', ['true', 'false']),
  };
}

const answerOf = ({ object, created, warnings }: Written): Answer => ({
  code: created ? 201 : 200,
  body: object,
  warnings,
});

const notOffered = (method: string | undefined, { resource, name, status }: ApiPath): ApiRefusal =>
  new ApiRefusal(
    405,
    'MethodNotAllowed',
    `the embedded farm offers no ${method} of ${name === undefined ? `the list of ${resource}` : resource}${status ? '/status' : ''}`,
  );

async function patchCacheCluster(
  request: IncomingMessage,
  query: URLSearchParams,
  { declared }: ApiSource['store'],
  name: string,
  status: boolean,
): Promise<Written> {
  const type = requireMediaType(request, [MERGE, APPLY]);
  const options = writeOptions(request, query);
  const body = await readBody(request);
  if (type === APPLY && !query.get('fieldManager'))
    throw new ApiRefusal(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  if (status) return declared.writeStatus(name, body, options, true);
  // what an apply says must be known to the schema, whatever fieldValidation asks
  return type === APPLY
    ? declared.apply(name, body, { ...options, validation: 'Strict' })
    : declared.merge(name, body, options);
}

async function writeCacheCluster(
  request: IncomingMessage,
  query: URLSearchParams,
  { store: { declared }, store }: ApiSource,
  path: ApiPath,
): Promise<Answer> {
  const { name, status, namespace } = path;
  const { method } = request;
  if (namespace === undefined) throw notOffered(method, path);
  if (namespace !== declared.namespace) throw new ApiRefusal(404, 'NotFound', `namespaces "${namespace}" not found`);
  if (name === undefined) {
    if (method !== 'POST') throw notOffered(method, path);
    requireMediaType(request, OBJECT);
    const options = writeOptions(request, query);
    return answerOf(declared.create(await readBody(request), options));
  }
  if (method === 'PATCH') return answerOf(await patchCacheCluster(request, query, store, name, status));
  if (method === 'PUT') {
    requireMediaType(request, OBJECT);
    const [options, body] = [writeOptions(request, query), await readBody(request)];
    return answerOf(status ? declared.writeStatus(name, body, options, false) : declared.replace(name, body, options));
  }
  if (method !== 'DELETE' || status) throw notOffered(method, path);
  const body = await readBody(request);
  const dryRun = flag(query, 'dryRun', ['All']) || (Array.isArray(body.dryRun) && body.dryRun.includes('All'));
  const { metadata } = declared.remove(name, record(body.preconditions), dryRun);
  const details = { name, group: 'cachefarm.dev', kind: 'cacheclusters', uid: metadata.uid };
  return {
    code: 200,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
  };
}

/** Leases and Events: kept as they are. */
async function writePlain(
  request: IncomingMessage,
  { store }: ApiSource,
  path: ApiPath & { readonly resource: 'leases' | 'events' },
): Promise<Answer> {
  const { resource, name, namespace } = path;
  const { method } = request;
  const objects = store[resource];
  if (namespace === undefined) throw notOffered(method, path);
  if (namespace !== objects.namespace) throw new ApiRefusal(404, 'NotFound', `namespaces "${namespace}" not found`);
  if (name === undefined) {
    if (method !== 'POST') throw notOffered(method, path);
    requireMediaType(request, OBJECT);
    return { code: 201, body: objects.create(await readBody(request)) };
  }
  switch (method) {
    case 'PUT':
      requireMediaType(request, OBJECT);
      return { code: 200, body: objects.replace(name, await readBody(request)) };
    case 'PATCH':
      requireMediaType(request, [MERGE]);
      return { code: 200, body: objects.merge(name, await readBody(request)) };
    case 'DELETE':
      return { code: 200, body: objects.remove(name) };
    default:
      throw notOffered(method, path);
  }
}

async function deletePod(
  request: IncomingMessage,
  query: URLSearchParams,
  source: ApiSource,
  path: ApiPath & { readonly name: string },
): Promise<Answer> {
  const body = await readBody(request);
  const grace = query.get('gracePeriodSeconds') ?? body.gracePeriodSeconds;
  const pod = findObject(source, path);
  source.deletePod(path.name, grace !== undefined && grace !== null && Number(grace) === 0);
  return { code: 200, body: pod };
}

async function markObject(
  request: IncomingMessage,
  query: URLSearchParams,
  source: ApiSource,
  path: ApiPath & { readonly name: string; readonly resource: 'pods' | 'nodes' },
): Promise<Answer> {
  requireMediaType(request, [MERGE, 'application/strategic-merge-patch+json']);
  const { dryRun } = writeOptions(request, query);
  const patch: Loose = await readBody(request);
  const kept = readMark(path.resource, patch, findObject(source, path));
  if (dryRun) return { code: 200, body: findObject(source, path) };
  source.mark(path.resource, path.name, kept);
  return { code: 200, body: findObject(source, path) };
}

/** @throws ApiRefusal, NotFound */
export async function answerWrite(
  request: IncomingMessage,
  query: URLSearchParams,
  source: ApiSource,
  path: ApiPath,
): Promise<Answer> {
  const { resource, name, namespace } = path;
  if (resource === 'cacheclusters') return writeCacheCluster(request, query, source, path);
  if (resource === 'leases' || resource === 'events') return writePlain(request, source, { ...path, resource });
  const named = name !== undefined && (resource === 'nodes' ? namespace === undefined : namespace !== undefined);
  if (named && request.method === 'PATCH') return markObject(request, query, source, { ...path, resource, name });
  if (named && resource === 'pods' && request.method === 'DELETE')
    return deletePod(request, query, source, { ...path, name });
  throw notOffered(text(request.method), path);
}
