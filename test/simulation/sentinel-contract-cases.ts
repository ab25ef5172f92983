/**
 * Scenes with three sentinels (s0, s1, s2) and pods; each tells what came of it, with the names of servers in place of their addresses, so that a real
 * and a simulated run can be compared word for word. What varies from run to run, such as who is elected, is not told.
 */
import { DEATHS } from './sentinel-cases-deaths.js';
import { FAILOVERS } from './sentinel-cases-failovers.js';
import { NAMES } from './sentinel-cases-names.js';
import type { Scene } from './sentinel-scenes.js';

export const CASES: Readonly<Record<string, Scene>> = { ...NAMES, ...DEATHS, ...FAILOVERS };
