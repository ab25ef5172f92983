import type { Review } from './compare-manifests.js';

/** For programs: the Review itself, its keys always in the same order; ends with a newline. */
export const renderJson = (review: Review): string => `${JSON.stringify(review, null, 2)}\n`;
