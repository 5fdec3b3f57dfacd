const escaped = (word: string): string => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** The word on its own: `cam-1` is not in `cam-10`, `10.0.0.1` not in `10.0.0.12`. */
const wordPattern = (word: string): RegExp =>
  new RegExp(String.raw`(?<![\w.-])${escaped(word)}(?![\w-]|[.:]\w)`, 'g');

export const hasWord = (text: string, word: string): boolean =>
  text.includes(word) && wordPattern(word).test(text);

/** The word in quotation marks, which make it a name whatever it means otherwise. */
export const hasQuoted = (text: string, word: string): boolean =>
  [`"${word}"`, `'${word}'`, `\`${word}\``].some((quoted) => text.includes(quoted));

export const withoutWords = (text: string, words: readonly string[]): string =>
  words.reduce((rest, word) => (rest.includes(word) ? rest.replaceAll(wordPattern(word), '') : rest), text);
