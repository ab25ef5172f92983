import { Socket } from 'node:net';
import { Executor } from '../../src/act/executor.js';
import type { Decision } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { CrashPoint } from './stage.js';

/** kill -9 of this very process. */
const killSelf = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

type Step = Extract<CrashPoint, { at: 'before' | 'after' }>;

/** The executor one action at a time, so that there is a place before and after each; its own order and its own ends. */
function crashAtStep(point: Step, die: () => void): void {
  const run = Executor.prototype.run;
  const hits = (at: Step['at'], { reason }: Decision, kind: string): boolean =>
    at === point.at && kind === point.action && (point.reason ?? reason) === reason;
  Executor.prototype.run = async function runStepwise(this: Executor, decisions) {
    const carryOut = async (decision: Decision): Promise<readonly Receipt[]> => {
      const receipts: Receipt[] = [];
      for (const action of decision.actions) {
        const before = receipts.find(({ status }) => status !== 'Done');
        if (before) {
          const reason = `${before.action.kind} was ${before.status}`;
          receipts.push({ action, status: 'NotRun', reason, ms: 0 });
          continue;
        }
        if (hits('before', decision, action.kind)) die();
        const [receipt] = await run.call(this, [{ ...decision, actions: [action] }]);
        if (!receipt) continue;
        if (receipt.status === 'Done' && hits('after', decision, action.kind)) die();
        receipts.push(receipt);
      }
      return receipts;
    };
    return (await Promise.all(decisions.map(carryOut))).flat();
  };
}

/** Right after the n-th command of a kind has gone out: what other targets were to get is never sent. */
function crashOnTheWire({ command, nth = 1 }: Extract<CrashPoint, { at: 'wire' }>, die: () => void): void {
  const write = Socket.prototype.write as (...args: unknown[]) => boolean;
  // On the wire a word's length lies between it and the one before.
  const words = command.split(/\W+/).filter((word) => word !== '');
  const pattern = new RegExp(words.join('\\r\\n\\$\\d+\\r\\n'), 'gi');
  let seen = 0;
  function writeOnce(this: Socket, ...args: unknown[]): boolean {
    const [data] = args;
    const written = write.apply(this, args);
    const text = typeof data === 'string' ? data : Buffer.isBuffer(data) ? data.toString('latin1') : '';
    seen += text.match(pattern)?.length ?? 0;
    if (seen >= nth) die();
    return written;
  }
  Socket.prototype.write = writeOnce as typeof Socket.prototype.write;
}

/** From now on this process kills itself there. */
export function crashAt(point: CrashPoint, die = killSelf): void {
  if (point.at === 'wire') crashOnTheWire(point, die);
  else crashAtStep(point, die);
}
