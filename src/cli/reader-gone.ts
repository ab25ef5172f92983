/** The reader of a pipe may have seen enough (`cachefarm get pods | head -5`): that is no error of this program. */

import { endInOrder } from './until-signal.js';

/** They end what they have begun, unread too, with the status that it deserves: half a change is not one that was read enough of. */
const FINISH: ReadonlySet<string> = new Set(['apply', 'scale', 'delete', 'drain', 'seed']);

/**
 * Ends this process with 0, without a word, when stdout or stderr leads nowhere any more; one that runs a farm, or keeps it, ends that in order.
 * @param command by its name; one that changes something goes on
 * @throws every other error of the two, as without it
 */
export function endWhenReaderIsGone(command: string | undefined): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!FINISH.has(command ?? '') && !endInOrder()) process.exit(0);
    });
}
