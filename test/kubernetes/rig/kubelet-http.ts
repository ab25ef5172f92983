import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

/** Where an API server is and who asks; a ControlPlane has all three, the token being its administrator's. */
export interface KubeAccess {
  readonly url: string;
  /** certificate authority of the url, PEM in base64 */
  readonly caData: string;
  readonly token: string;
}

/** The API server said no. */
export class KubeRefusal extends Error {
  override readonly name = 'KubeRefusal';
  constructor(
    readonly status: number,
    /** Kubernetes' own word: `NotFound`, `Conflict`, `AlreadyExists` */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export const isRefusal = (error: unknown, ...status: readonly number[]): boolean =>
  error instanceof KubeRefusal && status.includes(error.status);

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

/** how long an answer may take, ms */
const ANSWER_MS = 10_000;
/** A watch without a byte for so long is dead: bookmarks come about every minute. */
const SILENCE_MS = 90_000;

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function refusal(path: string, code: number, text: string): KubeRefusal {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeRefusal(code, reason ?? '', `${path}: ${message ?? text}`);
  } catch {
    return new KubeRefusal(code, '', `${path}: ${code} ${text}`);
  }
}

/** Plain requests to one API server: the machines need nothing of a client library, and it would hide what is sent. */
export class KubeHttp {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(readonly access: KubeAccess) {}

  #open(method: string, path: string, body: unknown, type: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const { url, caData, token } = this.access;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    };
    const ca = Buffer.from(caData, 'base64');
    const agent = signal ? new Agent() : this.#agent;
    const timeout = signal ? SILENCE_MS : ANSWER_MS;
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), { method, headers, ca, agent, timeout, ...(signal ? { signal } : {}) });
      sent.on('response', resolve);
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer within ${timeout} ms`)));
      sent.end(text);
    });
  }

  /** @throws KubeRefusal, Error when nobody answers */
  async send<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    const response = await this.#open(method, path, body, type);
    const text = await textOf(response);
    const code = response.statusCode ?? 0;
    if (code < 200 || code > 299) throw refusal(path, code, text);
    return JSON.parse(text) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.send('GET', path);
  }

  /**
   * Follows a watch until the server or `signal` ends it.
   * @param told each event, in order
   * @throws KubeRefusal, Error when the connection breaks
   */
  async watch(
    path: string,
    told: (event: { type: string; object: unknown }) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#open('GET', path, undefined, '', signal);
    const code = response.statusCode ?? 0;
    if (code !== 200) throw refusal(path, code, await textOf(response));
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') told(JSON.parse(line) as { type: string; object: unknown });
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
