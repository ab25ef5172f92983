/** What no route answers: a path of the page, a route that is there for other methods, or nothing. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { quote } from '../farm/quote.js';
import type { ApiApp } from './api-app.js';
import { isPagePath, type Page } from './page-files.js';
import { ProblemError, sendProblem } from './problem.js';

interface Known {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.+?^$()[\]{}|\\]/g, '\\$&'),
      )
      .join('/')}$`,
  );

/** Which methods each route takes. */
export class RouteTable {
  readonly #known = new Map<string, Known>();

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    const known = this.#known.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) known.methods.add(one);
    this.#known.set(url, known);
  }

  methodsOf(path: string): readonly string[] {
    return [...this.#known.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : []));
  }
}

export function answerUnknown(app: ApiApp, table: RouteTable, page: Page | undefined): void {
  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    if (page?.files.has('index.html') && isPagePath(request)) return page.sendIndex(request, reply);
    const path = request.url.replace(/[?#].*$/s, '');
    const methods = table.methodsOf(path);
    if (methods.length === 0 || methods.includes(request.method))
      return sendProblem(request, reply, new ProblemError(404, `there is nothing at ${quote(path)}`));
    const allow = [...new Set(methods)].join(', ');
    return sendProblem(request, reply, new ProblemError(405, `${quote(path)} takes ${allow}`, {}, { allow }));
  });
}
