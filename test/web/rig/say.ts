import { ALL_WORDS, fill, type Language, type Vars, type WordKey } from '../../../src/web/words/all.js';

/** What the page says under that key: the stories are told in its own words, so that they survive another wording. */
export const say = (key: WordKey, vars: Vars = {}, language: Language = 'en'): string =>
  fill(ALL_WORDS[language][key], vars, language);
