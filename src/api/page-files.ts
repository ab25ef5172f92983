/**
 * The built page, read into memory when the server starts: a few files that never change while it runs. A path that is asked for is looked up
 * among their names and never becomes a path of the disk. Hashed assets stay for ever, the rest is asked for each time.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiApp } from './api-app.js';
import { DOCS_HELMET } from './security-headers.js';

const INDEX = 'index.html';
const HIDDEN = { hide: true } as const;
/** Never the page, whatever is accepted: a program that slips in a path must not be answered with HTML. */
const NOT_PAGE = /^\/(v1|cluster|openapi\.json|assets|docs)(\/|$)/;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const PACKED = new Set(['.png', '.ico', '.woff2']);
/** Below it the head of gzip eats what is gained. bytes */
const WORTH_ZIPPING = 1_024;

const compress = promisify(gzip);

class PageFile {
  readonly type: string;
  readonly etag: string;
  #zipped: Promise<Buffer> | undefined;

  constructor(
    readonly name: string,
    readonly bytes: Buffer,
  ) {
    this.type = TYPES[extname(name)] ?? 'application/octet-stream';
    this.etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  }

  /** undefined: it is as small as it gets */
  zipped(): Promise<Buffer> | undefined {
    if (PACKED.has(extname(this.name)) || this.bytes.length < WORTH_ZIPPING) return undefined;
    this.#zipped ??= compress(this.bytes, { level: 9 });
    return this.#zipped;
  }
}

async function filesOf(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        const key = path.slice(join(folder, '/').length).replaceAll('\\', '/');
        return new PageFile(key, await readFile(path));
      }),
  );
  return new Map(files.map((file) => [file.name, file]));
}

const takesGzip = (request: FastifyRequest): boolean => {
  const { 'accept-encoding': accepted } = request.headers;
  return typeof accepted === 'string' && /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
};

const isKnown = (request: FastifyRequest, etag: string): boolean =>
  request.headers['if-none-match']?.split(/\s*,\s*/).some((one) => one === '*' || one.replace(/^W\//, '') === etag) ??
  false;

/** All files of the page. */
export class Page {
  private constructor(readonly files: ReadonlyMap<string, PageFile>) {}

  /** @throws when the folder cannot be read */
  static async read(folder: string): Promise<Page> {
    return new Page(await filesOf(folder));
  }

  /** Answers with a file, or leaves it to whoever answers what is unknown. */
  async send(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const file = this.files.get(name);
    if (!file) {
      reply.callNotFound();
      return reply;
    }
    const stays = name.startsWith('assets/');
    void reply
      .headers({ etag: file.etag, vary: 'accept-encoding' })
      .header('cache-control', stays ? 'public, max-age=31536000, immutable' : 'no-cache')
      .type(file.type);
    if (isKnown(request, file.etag)) return reply.code(304).send();
    const zipped = takesGzip(request) ? await file.zipped() : undefined;
    if (zipped) void reply.header('content-encoding', 'gzip');
    return reply.code(200).send(zipped ?? file.bytes);
  }

  sendIndex(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.send(request, reply, INDEX);
  }
}

const rest = (request: FastifyRequest): string => (request.params as Readonly<Record<string, string>>)['*'] ?? '';

export function pageRoutes(app: ApiApp, page: Page): void {
  app.get('/assets/*', { schema: HIDDEN }, (request, reply) => page.send(request, reply, `assets/${rest(request)}`));
  // Relative links of the documentation's page need the slash.
  app.get('/docs', { schema: HIDDEN }, (_request, reply) => reply.redirect('/docs/'));
  app.get('/docs/*', { schema: HIDDEN, helmet: DOCS_HELMET }, (request, reply) =>
    page.send(request, reply, `docs/${rest(request) || INDEX}`),
  );
  for (const name of page.files.keys())
    if (!name.includes('/') && name !== INDEX)
      app.get(`/${name}`, { schema: HIDDEN }, (request, reply) => page.send(request, reply, name));
  app.get('/', { schema: HIDDEN }, (request, reply) => page.sendIndex(request, reply));
}

/** A path of the page that a browser opens: /clusters/User.id */
export function isPagePath(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = request.url.replace(/[?#].*$/s, '');
  return !NOT_PAGE.test(path) && (request.headers.accept?.includes('text/html') ?? false);
}
