import type { Sentinels } from '../../api/schemas.js';

export interface Snippet {
  readonly id: 'resolver' | 'ioredis' | 'nodes';
  readonly title: string;
  readonly code: string;
}

interface Connectable {
  readonly clusterName: string;
  readonly clusterSize: number;
  readonly hash: 'jump' | 'ketama';
  readonly sentinelGroup: string;
}

/** Names of cache clusters and addresses hold no quotes; what else came would break out of the code shown. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function sentinelLines(sentinels: Sentinels, group: string): readonly string[] {
  const known = sentinels.find(({ group: name }) => name === group)?.sentinels ?? [];
  return known.map(({ ip, port }) => `  { host: ${quoted(ip)}, port: ${port} },`);
}

/** How an application comes to this cache cluster; docs/client.md says more. @param origin of this page: `http://host:port` */
export function connectSnippets(cluster: Connectable, sentinels: Sentinels, origin: string): readonly Snippet[] {
  const { clusterName, clusterSize, hash } = cluster;
  const list = ['const sentinels = [', ...sentinelLines(sentinels, cluster.sentinelGroup), '];'];
  const ketama = hash === 'ketama' ? ", hash: 'ketama'" : '';
  const options = `{ clusterName: ${quoted(clusterName)}, clusterSize: ${clusterSize}${ketama}, sentinels, password }`;
  const nodes = `${origin}/cluster/nodes?clusterName=${encodeURIComponent(clusterName)}`;
  return [
    {
      id: 'resolver',
      title: 'cachefarm/client',
      code: [
        "import { connectCacheCluster } from 'cachefarm/client';",
        '',
        ...list,
        `const cache = connectCacheCluster(${options});`,
        "await cache.for('user:1').set('user:1', 'Kim', 'EX', 3600);",
      ].join('\n'),
    },
    {
      id: 'ioredis',
      title: 'ioredis',
      code: [
        "import { Redis } from 'ioredis';",
        '',
        ...list,
        'const redis = new Redis({',
        `  name: ${quoted(`${clusterName}::0`)}, // 0 ... ${clusterSize - 1}`,
        '  sentinels,',
        `  username: ${quoted(clusterName)}, password,`,
        "  sentinelUsername: 'app', sentinelPassword: password,",
        '  connectTimeout: 1000, socketTimeout: 2000, sentinelCommandTimeout: 500,',
        '});',
      ].join('\n'),
    },
    { id: 'nodes', title: 'kredis (HTTP)', code: `curl ${quoted(nodes)}\n# [{"ip":"...","port":...}, ...]` },
  ];
}
