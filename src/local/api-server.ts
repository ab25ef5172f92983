/** A Kubernetes-shaped API over HTTP: one base path a datacenter, bearer token, errors as Status objects. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ApiPath, KINDS, parsePath } from './api-path.js';
import { ApiRefusal, badRequest, statusBody } from './api-refusal.js';
import { answerReview, parseReviewPath } from './api-reviews.js';
import { type ApiSource, allObjects, findObject, logOf } from './api-source.js';
import { chooser, streamWatch } from './api-watch.js';
import { type Answer, answerWrite } from './api-writes.js';
import { NotFound } from './kube-cluster.js';
import type { LabelSelector } from './manifest.js';
import { People } from './people.js';
import { sameSecret } from './same-secret.js';
import { parseLabelSelector } from './select-labels.js';

function selector(query: URLSearchParams): LabelSelector {
  if (query.get('fieldSelector')) throw badRequest('fieldSelector is not offered by the embedded farm');
  const parsed = parseLabelSelector(query.get('labelSelector') ?? '');
  if (!parsed) throw badRequest(`labelSelector ${query.get('labelSelector')} is not equality-based`);
  return parsed;
}

const isWatch = (query: URLSearchParams): boolean => ['true', '1'].includes(query.get('watch') ?? '');

/** @returns undefined when the response is a stream by now */
function answerRead(
  response: ServerResponse,
  query: URLSearchParams,
  source: ApiSource,
  path: ApiPath,
): Answer | undefined {
  const { resource, name, namespace } = path;
  if (name !== undefined) return { code: 200, body: findObject(source, path) };
  const chosen = chooser(selector(query), namespace);
  const current = allObjects(source, resource);
  const { versions, streams } = source.store;
  if (isWatch(query)) {
    const watched = { log: logOf(source, resource), current, currentVersion: versions.current, chosen, streams };
    streamWatch(response, watched, query);
    return undefined;
  }
  const { list, apiVersion } = KINDS[resource];
  const metadata = { resourceVersion: String(versions.current) };
  return { code: 200, body: { kind: list, apiVersion, metadata, items: current.filter(chosen) } };
}

const authorized = (request: IncomingMessage, token: string | undefined): boolean =>
  token !== undefined && sameSecret(request.headers.authorization ?? '', `Bearer ${token}`);

function send(response: ServerResponse, { code, body, warnings = [] }: Answer): void {
  if (warnings.length > 0) {
    const values = warnings.map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`);
    response.setHeader('warning', values);
  }
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: Error): void {
  const refusal =
    error instanceof ApiRefusal
      ? error
      : error instanceof NotFound
        ? new ApiRefusal(404, 'NotFound', error.message)
        : new ApiRefusal(500, 'InternalError', error.message);
  if (response.headersSent) response.destroy();
  else send(response, { code: refusal.code, body: statusBody(refusal) });
}

/**
 * @param people whom it knows by their tokens; only `token` itself may use this API
 * @param sourceOf the datacenter's objects; `down` when it has no power: the connection is cut, as nobody is there to answer
 * @returns a server that does not listen yet
 */
export function createApi(
  token: () => string | undefined,
  sourceOf: (datacenter: string) => ApiSource | 'down' | undefined,
  people: People = new People(),
): Server {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!authorized(request, token())) throw new ApiRefusal(401, 'Unauthorized', 'Unauthorized');
    const url = new URL(request.url ?? '/', 'http://farm');
    const path = parseReviewPath(url.pathname) ?? parsePath(url.pathname);
    const source = sourceOf(path.datacenter);
    if (source === undefined) throw new ApiRefusal(404, 'NotFound', `there is no datacenter ${path.datacenter}`);
    if (source === 'down') {
      request.socket.destroy();
      return;
    }
    const answer =
      'kind' in path
        ? await answerReview(request, path.kind, people)
        : request.method === 'GET'
          ? answerRead(response, url.searchParams, source, path)
          : await answerWrite(request, url.searchParams, source, path);
    if (answer) send(response, answer);
  };
  return createServer((request, response) => {
    serve(request, response).catch((error: Error) => refuse(response, error));
  });
}
