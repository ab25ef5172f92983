// The clients of one kind: `traffic-process <kind> <own address>`. They write and read every partition all the time; what is asked while a
// file is open is written to it.
import type { CacheClusterOptions } from '../../src/client/index.js';
import { answering } from './answering.js';
import { type ClientKind, type Connection, connectAll } from './application.js';
import { valueText } from './check-owners.js';
import { now } from './clock.js';
import type { Request } from './history.js';
import { LineFile } from './line-file.js';
import { speakFrom } from './own-address.js';
import { requestLine, stallLine } from './request-line.js';

interface Lane {
  readonly partition: string;
  readonly connection: Connection;
  /** key -> the newest that was acknowledged */
  readonly acknowledged: Map<string, number>;
  number: number;
  open: number;
  lastAck: number;
}

const EVERY_MS = 10;
/** own keys of a client of a partition: overwritten, so that all can be read in the end */
const KEYS = 50;
/** at most so many unanswered of a lane: a client that waits does not pile up for ever */
const MOST_OPEN = 40;
const TURNS: readonly Request['kind'][] = ['write', 'read', 'write-common', 'read-common'];

const kind = process.argv[2] as ClientKind;
const lanes: Lane[] = [];
let file: LineFile | undefined;

function ended(lane: Lane, asked: Omit<Request, 'client' | 'at'>, more: Pick<Request, 'value' | 'error'>): void {
  const at = now();
  lane.open--;
  const isWrite = asked.kind === 'write' || asked.kind === 'write-common';
  if (isWrite && more.error === undefined) {
    lane.lastAck = at;
    lane.acknowledged.set(asked.key, asked.seq);
  }
  const { address } = lane.connection;
  const known = address === undefined || more.error !== undefined ? {} : { address };
  file?.add(requestLine({ client: kind, ...asked, at, ...known, ...more }));
}

function ask(lane: Lane): void {
  if (lane.open >= MOST_OPEN) return;
  const { partition, connection } = lane;
  const seq = lane.number++;
  const turn = TURNS[seq % TURNS.length] ?? 'write';
  const isCommon = turn.endsWith('common');
  // A read asks for what the turn before it wrote.
  const index = Math.floor(seq / TURNS.length) % KEYS;
  const key = isCommon ? `common:${kind}` : `${partition}:${kind}:${index}`;
  const sent = now();
  lane.open++;
  if (turn.startsWith('write')) {
    const asked = { partition, kind: turn, key, sent, seq };
    connection.set(key, valueText(partition, kind, seq)).then(
      () => ended(lane, asked, {}),
      (error: Error) => ended(lane, asked, { error: error.message }),
    );
    return;
  }
  const asked = { partition, kind: turn, key, sent, seq: lane.acknowledged.get(key) ?? -1 };
  connection.get(key).then(
    (value) => ended(lane, asked, { value }),
    (error: Error) => ended(lane, asked, { error: error.message }),
  );
}

async function open(clusters: readonly CacheClusterOptions[]): Promise<void> {
  const opened = await Promise.all(clusters.map((cluster) => connectAll(kind, cluster)));
  for (const { partition, connection } of opened.flat())
    lanes.push({ partition, connection, acknowledged: new Map(), number: 0, open: 0, lastAck: 0 });
}

function record(path: string): void {
  file?.close();
  file = new LineFile(path);
}

function collect(): void {
  file?.close();
  file = undefined;
}

/** partition -> ms since its last acknowledged write */
const silence = (): Readonly<Record<string, number>> =>
  Object.fromEntries(lanes.map(({ partition, lastAck }) => [partition, now() - lastAck]));

speakFrom(process.argv[3] ?? '127.0.0.1');
answering({ open, record, collect, silence });
/** later than this, and the process itself was kept waiting */
const STALL_MS = 50;
let ticked = now();
setInterval(() => {
  const late = now();
  if (late - ticked > STALL_MS) file?.add(stallLine(ticked, late));
  ticked = late;
  for (const lane of lanes) ask(lane);
}, EVERY_MS);
// A client library that throws outside of every promise would end the traffic, and the scenario with "hardly a request".
process.on('uncaughtException', (error) => process.stderr.write(`client ${kind}: ${error.message}\n`));
process.on('unhandledRejection', (error) => process.stderr.write(`client ${kind}: ${String(error)}\n`));
