/** Words in English and Korean; a key that only one of them has does not compile. */
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { store, stored } from './stored.js';
import type { WordKey } from './words/all.js';
import { fill, LANGUAGES, type Language, type Vars } from './words/fill.js';

export type { WordKey } from './words/all.js';
export type { Language } from './words/fill.js';
export type T = (key: WordKey, vars?: Vars) => string;

const STORED = 'cachefarm-language';

type WordBook = Readonly<Record<WordKey, string>>;
const LOAD: Readonly<Record<Language, () => Promise<WordBook>>> = {
  en: async () => (await import('./words/en.js')).words,
  ko: async () => (await import('./words/ko.js')).words,
};

export interface Speech {
  readonly language: Language;
  readonly book: WordBook;
}

function wishedLanguage(): Language {
  const wished = [stored(STORED), ...navigator.languages].map((tag) => tag?.slice(0, 2));
  const known = wished.find((tag) => LANGUAGES.some((language) => language === tag));
  return LANGUAGES.find((language) => language === known) ?? 'en';
}

/** @throws when its file does not come */
const speak = async (language: Language): Promise<Speech> => ({ language, book: await LOAD[language]() });

const AGAIN_MS = 1_000;

/** What this browser's owner reads, before anything is drawn; asked for until it comes. */
export async function firstSpeech(): Promise<Speech> {
  for (;;) {
    try {
      return await speak(wishedLanguage());
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

interface Words extends Speech {
  readonly setLanguage: (language: Language) => void;
  readonly t: T;
}

const Context = createContext<Words | undefined>(undefined);

export interface LanguageProviderProps {
  readonly first: Speech;
  readonly children: ReactNode;
}

export function LanguageProvider({ first, children }: LanguageProviderProps): ReactNode {
  const [speech, setSpeech] = useState<Speech>(first);
  const { language, book } = speech;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const words = useMemo<Words>(
    () => ({
      language,
      book,
      setLanguage: (next) => {
        store(STORED, next);
        // a file that does not come: it stays as it is, and is there with the next load
        void speak(next).then(setSpeech, () => {});
      },
      t: (key, vars) => fill(book[key], vars, language),
    }),
    [language, book],
  );
  return <Context value={words}>{children}</Context>;
}

function useWords(): Words {
  const words = use(Context);
  if (!words) throw new Error('outside of LanguageProvider');
  return words;
}

/** `t('map.title')`, `t('shell.age', { age: '3 s' })` */
export const useT = (): T => useWords().t;

/** For keys that come from the API (reasons, states): undefined when there are no words for it. */
export function useWordOf(): (key: string, vars?: Vars) => string | undefined {
  const { language, book } = useWords();
  return (key, vars) => {
    const words: Readonly<Record<string, string>> = book;
    const text = Object.hasOwn(words, key) ? words[key] : undefined;
    return text === undefined ? undefined : fill(text, vars, language);
  };
}

export const useLanguage = (): Language => useWords().language;
export const useSetLanguage = (): ((language: Language) => void) => useWords().setLanguage;
