/** Who is there. */
import { z } from 'zod';

export const sessionSchema = z
  .object({
    /** null: nobody logged in */
    user: z.string().nullable(),
    groups: z.array(z.string()),
    may: z.object({ read: z.boolean(), change: z.boolean(), drain: z.boolean() }),
    /** reading needs no token */
    openReading: z.boolean(),
  })
  .meta({ id: 'Session' });
export const loginSchema = z
  .object({ token: z.string().min(1).max(16_384) })
  .strict()
  .meta({ id: 'Login' });

export type SessionView = z.infer<typeof sessionSchema>;
