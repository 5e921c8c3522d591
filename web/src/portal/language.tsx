import { createContext, useContext, useEffect } from "react";
import { LANGUAGES, type LanguageTag, type Messages } from "./messages";

/** The language that the portal speaks just now. */
export const Language = createContext<LanguageTag>("en");

/** The portal's words. */
export function useText(): Messages {
  return LANGUAGES[useContext(Language)];
}

/** Tells the browser, which pronounces and hyphenates by it. */
export function useDocumentLanguage(tag: LanguageTag): void {
  useEffect(() => {
    document.documentElement.lang = tag;
  }, [tag]);
}
