/** Languages, and how a word is filled in. */

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Vars = Readonly<Record<string, string | number>>;

/** Made once: making one costs more than a hundred uses of it. */
const NUMBER: Readonly<Record<Language, Intl.NumberFormat>> = {
  en: new Intl.NumberFormat('en-US'),
  ko: new Intl.NumberFormat('ko-KR'),
};

/**
 * `{name}` is replaced; `{n|pod|pods}` is the number and the form for one or for any other number of it
 * (Korean has one form and needs it not). What is not given stays as it is, so that it is seen.
 */
export const fill = (text: string, vars: Vars = {}, language: Language = 'en'): string =>
  text.replaceAll(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = vars[name];
    if (value === undefined) return whole;
    const shown = typeof value === 'number' ? NUMBER[language].format(value) : value;
    return one === undefined || many === undefined ? shown : `${shown} ${Number(value) === 1 ? one : many}`;
  });
