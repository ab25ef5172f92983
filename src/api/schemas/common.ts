/** What several shapes of the HTTP API are made of. Times are ms since the epoch, durations ms, sizes bytes, addresses `ip:port`. */
import { z } from 'zod';
import { CLUSTER_NAME } from '../../farm/words.js';

export const count = z.number().int().min(0);
export const ms = z.number();
export const address = z.string().meta({ example: '10.0.1.7:6378' });

export const clusterNameSchema = z
  .string()
  .regex(CLUSTER_NAME, 'begins with a letter; letters, digits, `.`, `_` and `-`, 1 to 63 of them')
  .meta({ example: 'User.id' });
export const partitionNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}::(0|[1-9]\d{0,5})$/, 'is <cache cluster>::<index>')
  .meta({ example: 'User.id::0' });

/** RFC 9457; `errors` name the user's own fields. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().optional(),
    /** `field` as in the request: clusterSize */
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    /** a cache cluster that Git owns: what to change there instead */
    changeElsewhere: z.object({ owner: z.string(), typescript: z.string(), yaml: z.string() }).optional(),
  })
  .meta({ id: 'Problem' });

/** How old is what is answered; `stale`: Barn could not look lately, and why. */
export const freshnessSchema = z
  .object({ observedAt: ms, ageMs: ms, stale: z.boolean(), why: z.string().optional() })
  .meta({ id: 'Freshness' });

export type Problem = z.infer<typeof problemSchema>;
export type Freshness = z.infer<typeof freshnessSchema>;
