/** Numbers as a person reads them. `–` stands for what nobody knows. */
import type { Language } from '../words/fill.js';

export const NONE = '–';
type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === 'number' && Number.isFinite(value);

const three = (value: number): string => {
  const size = Math.abs(value);
  return value
    .toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
};

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** 1610612736 -> `1.5 GiB` */
export function bytes(value: Maybe): string {
  if (!known(value)) return NONE;
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 1_023.5 && unit < UNITS.length - 1) {
    rest /= 1_024;
    unit++;
  }
  return `${three(rest)} ${UNITS[unit]}`;
}

const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
/** 7200 -> `7,200`, as it is */
export const count = (value: Maybe): string => (known(value) ? THOUSANDS.format(value) : NONE);

/** 12345 -> `12.3k`: where there is no room */
export function short(value: Maybe): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 999_500_000) return `${three(value / 1e9)}G`;
  if (size >= 999_500) return `${three(value / 1e6)}M`;
  if (size >= 9_999.5) return `${three(value / 1e3)}k`;
  return size >= 10 || Number.isInteger(value) ? count(value) : three(value);
}

/** 0.9731 -> `97.3 %` */
export const percent = (ratio: Maybe): string => (known(ratio) ? `${three(Math.round(ratio * 1_000) / 10)} %` : NONE);

/** A duration in ms: `12 ms`, `1.85 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` */
export function millis(value: Maybe): string {
  if (!known(value)) return NONE;
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 59_950) return `${three(value / 1_000)} s`;
  const pairs = [
    [86_400, 'd', 3_600, 'h'],
    [3_600, 'h', 60, 'min'],
    [60, 'min', 1, 's'],
  ] as const;
  const seconds = Math.round(value / 1_000);
  const [big, bigName, small, smallName] = pairs.find(([size]) => seconds >= size) ?? pairs[2];
  const left = Math.floor((seconds % big) / small);
  return left === 0
    ? `${Math.floor(seconds / big)} ${bigName}`
    : `${Math.floor(seconds / big)} ${bigName} ${left} ${smallName}`;
}

/** Made once: making one costs more than a hundred uses of it. */
const RELATIVE: Readonly<Record<Language, Intl.RelativeTimeFormat>> = {
  en: new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' }),
  ko: new Intl.RelativeTimeFormat('ko-KR', { numeric: 'auto' }),
};
const STEPS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** `3 minutes ago`, `3분 전`; both in ms since the epoch */
export function relative(at: Maybe, now: number, language: Language): string {
  if (!known(at)) return NONE;
  const seconds = Math.round((at - now) / 1_000);
  const [size, unit] = STEPS.find(([step]) => Math.abs(seconds) >= step) ?? [1, 'second'];
  return RELATIVE[language].format(Math.trunc(seconds / size), unit);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:03:07.125`, local time */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-22 14:03:07`, local time */
export function dateTime(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(at).slice(0, 8)}`;
}
