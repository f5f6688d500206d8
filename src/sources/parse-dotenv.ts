import { parse } from 'dotenv';

/**
 * The variables of the text of a `.env` file, as varve reads them: by the grammar of
 * [dotenv](https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow), nothing expanded, the last of a
 * name. What is no assignment is left out.
 */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  // dotenv's scanner: the same answers as its regular expression, without that one's square time for many empty lines.
  return parse(text, { fast: true });
}
