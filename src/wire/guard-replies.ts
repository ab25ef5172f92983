import type { Socket } from 'node:net';

/** The part of ioredis that is watched over. */
interface Connection {
  readonly stream: Pick<Socket, 'rawListeners' | 'off' | 'prependListener' | 'resume' | 'destroy'>;
  readonly commandQueue: { readonly length: number };
  on(event: 'connect' | 'messageBuffer', heard: () => void): unknown;
}

/** Sentinels and pods tell Barn some hundred kB at the most: 250 names with all their fields. */
export const LONGEST_ANSWER = 8 * 2 ** 20;

/** So many elements are no answer of Sentinel's, and each is memory that is taken before the first of them has come. */
const TOO_MANY = /\*\d{5,}\r/;

/**
 * A server may answer anything. The parser of ioredis throws at some of it (an array longer than any, arrays deeper than the stack, a message
 * without a channel), out of a handler of the socket where nobody catches it: the whole process would end. Here only the connection does, with an
 * error that says why.
 * @param longest bytes without one whole answer or message in them; left out where values are an application's, and as long as it likes
 */
export function guardReplies(redis: Connection, longest?: number): void {
  let unanswered = 0;
  redis.on('messageBuffer', () => {
    unanswered = 0;
  });
  // ioredis has put its parser in front of all other listeners by then, and nothing has been read yet.
  redis.on('connect', () => {
    const { stream } = redis;
    const [parse] = stream.rawListeners('data');
    if (!parse) return;
    unanswered = 0;
    let last = '';
    stream.off('data', parse as () => void);
    stream.prependListener('data', (piece: Buffer) => {
      try {
        if (longest !== undefined) {
          const text = last + piece.toString('latin1');
          if (TOO_MANY.test(text)) throw new Error('it promises an answer that is longer than any');
          last = text.slice(-16);
        }
        unanswered += piece.length;
        const waiting = redis.commandQueue.length;
        parse.call(stream, piece);
        if (redis.commandQueue.length < waiting) unanswered = 0;
        if (unanswered > (longest ?? Number.POSITIVE_INFINITY)) throw new Error('its answer does not end');
      } catch (error) {
        stream.destroy(new Error(`no Redis answers there: ${error instanceof Error ? error.message : String(error)}`));
      }
    });
    stream.resume();
  });
}
