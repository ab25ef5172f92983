/** Built as a file of its own, with Korean alone (vite.config.mjs); loaded by who reads it. */
import { ALL_WORDS } from './all.js';

export const words = ALL_WORDS.ko;
