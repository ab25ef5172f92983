import type { SimFarm } from './sim-farm.js';

/** Two ways, or one. @returns what mends it */
export function cutBetween(
  farm: SimFarm,
  ones: readonly string[],
  others: readonly string[],
  bothWays = true,
): () => void {
  const ways = ones.flatMap((one) => others.filter((other) => other !== one).map((other) => [one, other] as const));
  const all = bothWays ? [...ways, ...ways.map(([one, other]) => [other, one] as const)] : ways;
  for (const [from, to] of all) farm.network.cut(from, to);
  return () => {
    for (const [from, to] of all) farm.network.mend(from, to);
  };
}
