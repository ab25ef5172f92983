import { useState } from 'react';

/** The list as it goes on; while `hold`, as it was when holding began. */
export function useHeld<T>(live: readonly T[], hold: boolean): readonly T[] {
  const [kept, setKept] = useState(live);
  if (!hold && kept !== live) setKept(live);
  // What came before anything was there is no list to hold.
  return hold && kept.length > 0 ? kept : live;
}
