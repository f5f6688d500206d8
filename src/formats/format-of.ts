import { editJson } from '../json/edit.ts';
import { parseJson } from '../json/parse.ts';
import { readJson } from '../json/read.ts';
import { lazyJsonTree, spliceJsonTree } from '../json/tree.ts';
import type { FileFormat } from './file-format.ts';
import { json5Format } from './json5.ts';
import { tomlFormat } from './toml.ts';
import { yamlFormat } from './yaml.ts';

/** JSON as RFC 8259 defines it, or JSONC: with comments and trailing commas. */
function jsonFormat(name: string, comments: boolean): FileFormat {
  return {
    name,
    blank: '{}\n',
    read: (text) => readJson(text, { comments }),
    parse: (text) => parseJson(text, { comments }),
    tree: lazyJsonTree,
    splicedTree: spliceJsonTree,
    edit: editJson,
  };
}

const json = jsonFormat('JSON', false);
const jsonc = jsonFormat('JSONC', true);

/** The formats by the extension of the file's name. */
const FORMATS: Readonly<Record<string, () => FileFormat>> = {
  json: () => json,
  jsonc: () => jsonc,
  yaml: () => yamlFormat,
  yml: () => yamlFormat,
  toml: () => tomlFormat,
  json5: () => json5Format,
};

/** Whether a name ends with the extension of a format. */
export function isFormatName(name: string): boolean {
  return Object.hasOwn(FORMATS, extensionOf(name));
}

/** The format of a document by the extension of its name, in any case; JSON for every other name. */
export function formatOf(name: string): FileFormat {
  return isFormatName(name) ? (FORMATS[extensionOf(name)]?.() ?? json) : json;
}

function extensionOf(name: string): string {
  return /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}
