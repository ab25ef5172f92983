import type { Command, Reply } from './parts.js';
import { HELLO_CHANNEL, hearHello, helloText } from './sim-sentinel-hello.js';
import { hearInfo } from './sim-sentinel-info.js';
import type { SentinelInstance } from './sim-sentinel-instance.js';
import { SentinelLine } from './sim-sentinel-line.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

const MAX_PENDING = 100;
const RECONNECT_PUBSUB_PERIODS = 3;

const textOf = (reply: Reply): string | undefined =>
  reply instanceof Error ? reply.message : typeof reply === 'string' ? reply : undefined;

/** A sentinel logs in at others as itself, at pods as the name's options say. */
function logIn(mind: SentinelMind, instance: SentinelInstance, line: SentinelLine, name: 'cmd' | 'pubsub'): void {
  const { link } = instance;
  const answered = (): void => {
    link.pending -= 1;
  };
  const of = instance.master ?? instance;
  const login =
    instance.kind === 'sentinel'
      ? mind.parts.peerLogin
      : of.authPass === undefined
        ? undefined
        : ([of.authUser, of.authPass] as const);
  if (login) {
    const [user, password] = login;
    link.pending += 1;
    line.send(user === undefined ? ['AUTH', password] : ['AUTH', user, password], answered);
  }
  link.pending += 1;
  line.send(['CLIENT', 'SETNAME', `sentinel-${mind.self.id.slice(0, 8)}-${name}`], answered);
}

function openLine(mind: SentinelMind, instance: SentinelInstance, which: 'commands' | 'pubsub'): SentinelLine {
  const { link, address } = instance;
  const line = new SentinelLine(mind.surroundings, mind.parts.loop, `${address.ip}:${address.port}`, {
    ended: () => {
      if (link[which] === line) link.drop(which);
    },
    heard: (_, message) => {
      if (instance.released) return;
      link.heardAt = mind.now();
      if (!message.includes(mind.self.id)) hearHello(mind, message);
    },
  });
  return line;
}

function openCommands(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  link.pending = 0;
  link.commandsSince = mind.now();
  link.commands = openLine(mind, instance, 'commands');
  logIn(mind, instance, link.commands, 'cmd');
  ping(mind, instance);
}

function openPubsub(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  link.pubsubSince = mind.now();
  link.pubsub = openLine(mind, instance, 'pubsub');
  logIn(mind, instance, link.pubsub, 'pubsub');
  // hiredis ends a connection that is refused to subscribe, so it is made again with every PING period.
  link.pubsub.send(['SUBSCRIBE', HELLO_CHANNEL], (reply) => {
    if (reply instanceof Error) link.drop('pubsub');
    else link.heardAt = mind.now();
  });
}

export function reconnect(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  if (!link.disconnected || instance.address.port === 0) return;
  const now = mind.now();
  if (now - link.triedAt < mind.periods['ping-period']) return;
  link.triedAt = now;
  if (!link.commands) openCommands(mind, instance);
  if (instance.kind !== 'sentinel' && !link.pubsub) openPubsub(mind, instance);
  if (link.commands && (instance.kind === 'sentinel' || link.pubsub)) link.disconnected = false;
}

const PING = ['PING'];
const INFO = ['INFO'];

/** The answer to what is asked all the time, where it would be there before the next tick. */
function answerAtOnce(mind: SentinelMind, { link }: SentinelInstance, command: Command): Reply | undefined {
  return mind.parts.quickly && link.pending === 0 ? link.commands?.atOnce(command) : undefined;
}

function ping(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  link.pingedAt = mind.now();
  if (link.unanswered === undefined && answerAtOnce(mind, instance, PING) === 'PONG') {
    link.availableAt = link.pingedAt;
    link.pongedAt = link.pingedAt;
    instance.rebooted = false;
    return;
  }
  link.pending += 1;
  link.unanswered ??= link.pingedAt;
  link.commands?.send(PING, (reply) => {
    link.pending -= 1;
    const text = textOf(reply) ?? '';
    if (/^(PONG|LOADING|MASTERDOWN)/.test(text)) {
      link.availableAt = mind.now();
      link.unanswered = undefined;
      if (text.startsWith('PONG')) instance.rebooted = false;
    }
    link.pongedAt = mind.now();
  });
}

function askInfo(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  if (answerAtOnce(mind, instance, INFO) instanceof Error) {
    instance.refusedAt = mind.now();
    return;
  }
  link.pending += 1;
  link.commands?.send(INFO, (reply) => {
    link.pending -= 1;
    if (instance.released) return;
    if (typeof reply === 'string') hearInfo(mind, instance, reply);
    else instance.refusedAt = mind.now();
  });
}

function sayHello(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  link.pending += 1;
  link.commands?.send(['PUBLISH', HELLO_CHANNEL, helloText(mind, instance.master ?? instance)], (reply) => {
    link.pending -= 1;
    if (!(reply instanceof Error)) instance.publishedAt = mind.now();
  });
}

/** INFO of a replica is asked each second while its master fails or it does not reach its master. */
function infoPeriod(mind: SentinelMind, { kind, master, linkDownMs }: SentinelInstance): number {
  const urgent = kind === 'slave' && (master?.oDown || master?.failing || linkDownMs !== 0);
  return urgent ? 1_000 : mind.periods['info-period'];
}

export function sendPeriodic(mind: SentinelMind, instance: SentinelInstance): void {
  const { link } = instance;
  if (link.disconnected || link.pending >= MAX_PENDING * link.users) return;
  const now = mind.now();
  const due = instance.infoAt === undefined || now - instance.infoAt > infoPeriod(mind, instance);
  if (instance.kind !== 'sentinel' && due && now - instance.refusedAt >= mind.parts.refusedInfoMs)
    askInfo(mind, instance);
  const pingMs = Math.min(instance.downAfterMs, mind.periods['ping-period']);
  if (now - link.pongedAt > pingMs && now - link.pingedAt > pingMs / 2) ping(mind, instance);
  if (now - instance.publishedAt > mind.periods['publish-period']) sayHello(mind, instance);
}

/** A link that seems connected and brings nothing is made anew, but not before it is 15 s old. */
export function dropIdleLines(mind: SentinelMind, { link, downAfterMs }: SentinelInstance): void {
  const now = mind.now();
  const oldest = mind.periods['min-link-reconnect-period'];
  if (
    link.commands &&
    now - link.commandsSince > oldest &&
    link.unanswered !== undefined &&
    now - link.unanswered > downAfterMs / 2 &&
    now - link.pongedAt > downAfterMs / 2
  )
    link.drop('commands');
  const quietMs = mind.periods['publish-period'] * RECONNECT_PUBSUB_PERIODS;
  if (link.pubsub && now - link.pubsubSince > oldest && now - link.heardAt > quietMs) link.drop('pubsub');
}
