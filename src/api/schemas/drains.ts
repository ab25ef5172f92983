/** Emptying machines and pods, and a better spread. */
import { z } from 'zod';
import { count } from './common.js';

export const drainRequestSchema = z
  .object({ kind: z.enum(['machine', 'datacenter', 'pod']), name: z.string().min(1), undo: z.boolean().optional() })
  .strict()
  .meta({ id: 'DrainRequest' });
export const drainSchema = z
  .object({
    kind: z.enum(['machine', 'datacenter', 'pod']),
    name: z.string(),
    undo: z.boolean(),
    dryRun: z.boolean(),
    /** objects that carry the mark now */
    targets: z.array(z.object({ datacenter: z.string(), kind: z.enum(['node', 'pod']), name: z.string() })),
    /** in use there: these move */
    inUse: z.array(z.object({ pod: z.string(), use: z.string() })),
    problems: z.array(z.string()),
  })
  .meta({ id: 'Drain' });

export const rebalanceSchema = z
  .object({
    moves: z.array(z.object({ partition: z.string(), from: z.string(), to: z.string(), shareOfCluster: z.number() })),
    worstBefore: z.object({ datacenter: z.number(), machine: z.number() }),
    worstAfter: z.object({ datacenter: z.number(), machine: z.number() }),
    keys: count,
    shareOfKeys: z.number(),
  })
  .meta({ id: 'Rebalance' });

export type DrainRequest = z.infer<typeof drainRequestSchema>;
export type DrainView = z.infer<typeof drainSchema>;
export type RebalanceView = z.infer<typeof rebalanceSchema>;
