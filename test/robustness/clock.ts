/** ms on the steady clock of the machine: the same in every process. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
