import { InvalidArgumentError } from 'commander';

/** Value of an option that gives a time. */
export const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 86_400)
    throw new InvalidArgumentError('expected seconds, more than 0 and at most 86400');
  return value;
};
