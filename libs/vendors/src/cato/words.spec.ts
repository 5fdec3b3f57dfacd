import { expect, it } from 'vitest';
import { hasQuoted, hasWord, withoutWords } from './words.js';

it.each([
  ['cam-1 exists', 'cam-1', true],
  ['cam-10 exists', 'cam-1', false],
  ['old-cam-1 exists', 'cam-1', false],
  ['IP 10.0.0.1 exists.', '10.0.0.1', true],
  ['IP 10.0.0.12 exists', '10.0.0.1', false],
  ['IP 10.0.0.1.5 exists', '10.0.0.1', false],
  ['it ends with 10.0.0.1.', '10.0.0.1', true],
  ['name "cam-1": bad', 'cam-1', true],
  ['a+b is bad', 'a+b', true],
])('"%s" and the word %s: %s', (text, word, expected) => expect(hasWord(text, word)).toBe(expected));

it('a quoted word is a name', () => {
  expect(hasQuoted('host "site" exists in the site', 'site')).toBe(true);
  expect(hasQuoted("host 'site' exists", 'site')).toBe(true);
  expect(hasQuoted('host cam exists in the site', 'site')).toBe(false);
});

it('takes words away, and parts of words not', () => {
  expect(withoutWords('host "timeout" exists, timeouts and $& stay', ['timeout', '$&'])).toBe(
    'host "" exists, timeouts and  stay',
  );
});
