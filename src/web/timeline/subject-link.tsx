import type { ReactNode } from 'react';
import { parsePartitionName } from '../../farm/words.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';

export interface SubjectLinkProps {
  readonly subject: string;
  /** said by who uses it: a thousand of these must not each look at all cache clusters, which change every second */
  readonly isCluster?: boolean;
}

/** A partition or a cache cluster leads to its page; a sentinel, a group, a datacenter is only named. */
export function SubjectLink({ subject, isCluster = false }: SubjectLinkProps): ReactNode {
  const to = parsePartitionName(subject) ? pathTo.partition(subject) : isCluster ? pathTo.cluster(subject) : undefined;
  return to === undefined ? (
    <span className="mono">{subject}</span>
  ) : (
    <Link to={to} className="mono">
      {subject}
    </Link>
  );
}
