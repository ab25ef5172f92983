import { defineFarm } from '../farm/define.js';
import type { CacheClusterSpec, FarmSpec } from '../farm/schema.js';

/** Each cache cluster names its sentinel group, so that no resize of another can ever move it to a group that its clients do not ask. */
const namedBy = (
  sentinelGroup: string,
  cacheClusters: readonly Omit<CacheClusterSpec, 'sentinelGroup'>[],
): CacheClusterSpec[] => cacheClusters.map((cluster) => ({ ...cluster, sentinelGroup }));

/**
 * The farm of a messenger (requirements S1): 3 datacenters x 60 machines of 64 GiB, 720 pods, about 60 % of them used
 * by partitions, replicas and standbys: M1 61.4 %, M4 59.4 %, M16 58.3 %.
 */
export const talkSpec: FarmSpec = {
  name: 'talk',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 60, memory: '64Gi' } })),
  tiers: [
    { name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378, 6379, 6380], replicas: 40 },
    { name: 'M4', maxMemory: '4gb', memory: '6Gi', ports: [6381, 6382], replicas: 30 },
    { name: 'M16', maxMemory: '16gb', memory: '24Gi', ports: [6383], replicas: 60 },
  ],
  sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
  cacheClusters: [
    // small values that every request asks for
    ...namedBy('main-0', [
      { clusterName: 'User.id', clusterSize: 10, tier: 'M1', importance: 1, backingGroup: 'user-db' },
      { clusterName: 'User.profile', clusterSize: 60, tier: 'M1', importance: 1, backingGroup: 'user-db' },
      { clusterName: 'User.device', clusterSize: 18, tier: 'M1', importance: 2, backingGroup: 'auth-db' },
    ]),
    // small values of one feature each
    ...namedBy('main-1', [
      { clusterName: 'User.session', clusterSize: 30, tier: 'M1', importance: 1, backingGroup: 'auth-db' },
      { clusterName: 'User.setting', clusterSize: 12, tier: 'M1', backingGroup: 'user-db' },
      { clusterName: 'User.block', clusterSize: 9, tier: 'M1', importance: 2, backingGroup: 'friend-db' },
      { clusterName: 'Push.token', clusterSize: 15, tier: 'M1', importance: 2, backingGroup: 'push-db' },
      { clusterName: 'Chat.unread', clusterSize: 12, tier: 'M1', importance: 2, backingGroup: 'chat-db' },
      { clusterName: 'Emoticon.owned', clusterSize: 9, tier: 'M1', importance: 4, backingGroup: 'shop-db' },
    ]),
    // lists, and what is smallest
    ...namedBy('main-2', [
      { clusterName: 'Notice', clusterSize: 3, tier: 'M1', importance: 5 },
      { clusterName: 'Rate.limit', clusterSize: 10, tier: 'M1', importance: 3 },
      { clusterName: 'Friend.list', clusterSize: 30, tier: 'M4', importance: 1, backingGroup: 'friend-db' },
      { clusterName: 'Friend.suggestion', clusterSize: 12, tier: 'M4', importance: 5, backingGroup: 'friend-db' },
      { clusterName: 'Chat.member', clusterSize: 17, tier: 'M4', importance: 2, backingGroup: 'chat-db' },
      { clusterName: 'Link.preview', clusterSize: 6, tier: 'M4', importance: 4, backingGroup: 'link-db' },
    ]),
    // bodies
    ...namedBy('main-3', [
      { clusterName: 'Chat.message', clusterSize: 48, tier: 'M16', importance: 1, backingGroup: 'chat-db' },
      { clusterName: 'Media.thumbnail', clusterSize: 30, tier: 'M16', importance: 3, backingGroup: 'media-db' },
      { clusterName: 'Timeline.feed', clusterSize: 18, tier: 'M16', importance: 3, backingGroup: 'timeline-db' },
    ]),
    // rooms that must not be lost with a machine
    ...namedBy('replicated-0', [
      {
        clusterName: 'Chat.room',
        clusterSize: 10,
        partitionSize: 3,
        tier: 'M4',
        importance: 1,
        backingGroup: 'chat-db',
      },
    ]),
  ],
};

export const farm = defineFarm(talkSpec);
