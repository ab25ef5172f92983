import { nameInEvent } from '../../../src/client/sentinel-replies.js';
import { claimText, parseClaim } from '../../../src/farm/access.js';
import { parsePartitionName, partitionName } from '../../../src/farm/words.js';
import { readInstance, requiresReplicas } from '../../../src/observe/redis-replies.js';
import { partitionOf } from '../../../src/observe/sentinel-events.js';
import { Broken, bytes, type FuzzTarget, textOf } from '../target.js';

function readWord(word: string): void {
  const claim = parseClaim(word);
  if (claim && claimText(claim) !== word)
    throw new Broken(`the claim ${JSON.stringify(word)} is written back as ${claimText(claim)}`);
  if (claim && claim.kind !== 'locked' && !Number.isSafeInteger(claim.epoch + 2 ** 40))
    throw new Broken(`no epoch is above that of ${word}`);
  const name = parsePartitionName(word);
  if (name && partitionName(name.clusterName, name.index) !== word)
    throw new Broken(`the name ${JSON.stringify(word)} is written back another`);
}

/** INFO, an empty line, ACL LIST; and each word of it as a claim, a name, an event. */
export function readTexts(text: string): void {
  const [info = '', acl = ''] = text.split('\n\n');
  const view = readInstance(info.replaceAll('\n', '\r\n'), acl.split('\n'), 0);
  requiresReplicas(info);
  if (view.state === 'up')
    for (const [field, value] of Object.entries(view))
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Broken(`${field} is ${value}`);
  for (const line of text.split('\n')) {
    for (const channel of ['+switch-master', '+monitor', '-tilt']) {
      partitionOf(channel, line);
      nameInEvent(channel, line);
    }
    for (const word of line.split(/[ ~>]/)) readWord(word);
  }
}

export const redisTexts: FuzzTarget = {
  name: 'redis-text',
  what: 'INFO, ACL lines, claims, names and events as text: never an exception, never a number that is none, what is read is written back the same',
  seeds: [
    'role:master\nrun_id:abc\ndb0:keys=3,expires=0\nused_memory:5\n\nuser marker off #aa ~bound/User.id::0/1025 -@all\nuser sentinel on #b -@all +ping +info\nuser User.id on #c ~*',
    'role:slave\nmaster_host:10.0.0.1\nmaster_port:6378\nmaster_link_status:up\nmin_slaves_good_slaves:1\n\nuser marker off ~standby/User.id/7 >locked\nuser replication on',
    '+switch-master User.id::0 10.0.0.1 6378 10.0.0.2 6378\nmaster User.id::12 10.0.0.1 6378',
  ].map(bytes),
  words: [
    'locked',
    'bound/',
    'member/',
    'incoming/',
    'standby/',
    'User.id::0/',
    '9999999999999999',
    '0001',
    'user ',
    'marker',
    ' on ',
    ' off ',
    '~',
    'db0:keys=',
    '\n\n',
    ':1e999',
    ':-1',
  ],
  run: (input) => readTexts(textOf(input)),
};
