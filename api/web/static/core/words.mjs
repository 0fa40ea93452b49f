// Texts in the language of the page. `$words` has those of the modules that are there.

import { language } from "./start.mjs";

const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

// A text by its name, with values for what it has in braces. With a `count` there may be two of
// them, `name.one` and `name.other`. A number is written as the language has it.
export function t(name, values = {}) {
  const text = $words["count" in values ? `${name}.${plurals.select(values.count)}` : name] ?? $words[name] ?? $words[`${name}.other`];
  if (text === undefined) throw new Error(`There is no text ${name}.`);
  return text.replace(/\{(\w+)\}/g, (_, key) =>
    typeof values[key] === "number" ? numbers.format(values[key]) : values[key]);
}

export const hasText = (name) => name in $words;
