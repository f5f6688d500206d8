/** Variables by their names. */
export type Variables = Readonly<Record<string, string>>;

/** How systemd reads an `EnvironmentFile`: the rules of systemd.exec(5), as its parser (`env-file.c`) applies them. */
export function systemdVariables(text: string): Variables {
  const variables: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const comment = /^\s*[#;](?:\\[\s\S]|[^\\\n])*\n?/.exec(rest);
    const assignment = /^\s*([^=\n]+?)[^\S\n]*=/.exec(rest);
    if (comment) rest = rest.slice(comment[0].length);
    else if (assignment) {
      const { value, length } = systemdValue(rest.slice(assignment[0].length));
      variables[assignment[1]!] = value;
      rest = rest.slice(assignment[0].length + length);
    } else rest = rest.replace(/^[^\n]*\n?/, '');
  }
  return variables;
}

/** The parts of a value: what is quoted, what is escaped, and what stands for itself. */
const SYSTEMD_PART = /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^\S\n]+)|([^\n'"\\\s]+)/y;

function systemdValue(text: string): { readonly value: string; readonly length: number } {
  let value = '';
  let spaces = '';
  /** Quotes count only where a value or a part of it begins; inside of a plain word they are letters. */
  let inWord = false;
  let at = 0;
  while (at < text.length && text[at] !== '\n') {
    SYSTEMD_PART.lastIndex = at;
    const [part = text[at]!, single, double, escaped, space, plain] = SYSTEMD_PART.exec(text) ?? [];
    if (space !== undefined) spaces = inWord ? spaces + space : '';
    else if (inWord && (single !== undefined || double !== undefined)) {
      value += spaces + part[0]!;
      spaces = '';
      at++;
      continue;
    } else {
      const meant =
        single ??
        double?.replace(/\\\n/g, '').replace(/\\(["\\`$])/g, '$1') ??
        (escaped === '\n' ? '' : escaped) ??
        plain ??
        part;
      value += spaces + meant;
      spaces = '';
      inWord = single === undefined && double === undefined;
    }
    at += part.length;
  }
  return { value, length: at };
}

/** How docker reads an `--env-file`: everything behind the `=` is the value; a name alone is taken from the host. */
export function dockerVariables(text: string, host: Variables): Variables {
  const variables: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, value] = /^\s*([^\s#=][^\s=]*)(?:=(.*))?$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const given = value ?? host[name];
    if (given !== undefined) variables[name] = given;
  }
  return variables;
}
