/** All words of the page, both languages. The page itself loads one of them: en.ts or ko.ts. */
import { words as brakes } from './brakes.js';
import { words as clusters } from './clusters.js';
import type { Language } from './fill.js';
import { words as groups } from './groups.js';
import { words as map } from './map.js';
import { words as overview } from './overview.js';
import { words as partition } from './partition.js';
import { words as reasons } from './reasons.js';
import { words as shell } from './shell.js';
import { words as timeline } from './timeline.js';

export { fill, LANGUAGES, type Language, type Vars } from './fill.js';

export const AREAS = {
  shell,
  map,
  clusters,
  partition,
  timeline,
  groups,
  brakes,
  overview,
  reasons,
} as const;

const en = {
  ...shell.en,
  ...map.en,
  ...clusters.en,
  ...partition.en,
  ...timeline.en,
  ...groups.en,
  ...brakes.en,
  ...overview.en,
  ...reasons.en,
} as const;
export type WordKey = keyof typeof en;

const ko: Readonly<Record<WordKey, string>> = {
  ...shell.ko,
  ...map.ko,
  ...clusters.ko,
  ...partition.ko,
  ...timeline.ko,
  ...groups.ko,
  ...brakes.ko,
  ...overview.ko,
  ...reasons.ko,
};

export const ALL_WORDS: Readonly<Record<Language, Readonly<Record<WordKey, string>>>> = { en, ko };
