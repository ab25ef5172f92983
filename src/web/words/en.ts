/** Built as a file of its own, with English alone (vite.config.mjs). */
import { ALL_WORDS } from './all.js';

export const words = ALL_WORDS.en;
