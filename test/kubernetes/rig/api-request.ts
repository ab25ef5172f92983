import { request } from 'node:https';

export interface ApiAsker {
  /** `https://127.0.0.1:20123` */
  readonly url: string;
  /** PEM in base64 */
  readonly caData: string;
  readonly token?: string;
}

export interface ApiQuestion {
  /** default GET */
  readonly method?: string;
  /** `/apis/cachefarm.dev/v1alpha1/...?limit=1` */
  readonly path: string;
  /** sent as JSON */
  readonly body?: unknown;
  /** of the body; default application/json */
  readonly contentType?: string;
  readonly accept?: string;
  /** default 10 s */
  readonly timeoutMs?: number;
}

export interface ApiReply<Body> {
  readonly code: number;
  /** JSON when it is JSON, else text; its shape is what the caller expects, unchecked */
  readonly body: Body;
  /** of the Warning headers */
  readonly warnings: string | undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Plain HTTPS, to see what is really answered; every call has a connection of its own.
 * @throws Error when nothing answers in time
 */
export function apiRequest<Body = unknown>(asker: ApiAsker, question: ApiQuestion): Promise<ApiReply<Body>> {
  const { method = 'GET', path, body, contentType = 'application/json', accept, timeoutMs = 10_000 } = question;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, asker.url),
      {
        method,
        agent: false,
        ca: Buffer.from(asker.caData, 'base64'),
        timeout: timeoutMs,
        headers: {
          ...(asker.token === undefined ? {} : { authorization: `Bearer ${asker.token}` }),
          ...(body === undefined ? {} : { 'content-type': contentType }),
          ...(accept === undefined ? {} : { accept }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            body: parsed(Buffer.concat(chunks).toString('utf8')) as Body,
            warnings: response.headers.warning,
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${asker.url}${path} in ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
