/** The text of an alert as its user has written it: what it may name, and how that is put in. */

/** What a template may name in braces. */
const TEMPLATE_WORDS = ["title", "text", "host", "alert", "time", "action"] as const;

/** Something that a template may name. */
export type TemplateWord = (typeof TEMPLATE_WORDS)[number];

const PLACES = new RegExp(`\\{(${TEMPLATE_WORDS.join("|")})\\}`, "g");

/** Whether a template is JSON, in which texts are escaped. */
export function isJsonTemplate(template: string): boolean {
  const text = template.trimStart();
  return /^[{[]/.test(text) && text.search(PLACES) !== 0;
}

/** Puts texts in the places of a template; other braces stay. */
export function fillTemplate(template: string, value: (word: TemplateWord) => string): string {
  const isJson = isJsonTemplate(template);
  return template.replace(PLACES, (_, word: TemplateWord) => {
    return isJson ? JSON.stringify(value(word)).slice(1, -1) : value(word);
  });
}
