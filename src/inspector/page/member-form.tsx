import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Field, GroupDetail, NewMember } from '../model.ts';

interface MemberFormProps {
  readonly detail: GroupDetail;
  /** The texts that are not saved; those of a new member begin with `+`. */
  readonly typedTexts: Map<string, string>;
  readonly onPreview: (edit: NewMember) => void;
  readonly onClose: () => void;
}

/** What a new member of a group by name, or a new element of a list, is asked for. */
export function MemberForm({ detail, typedTexts, onPreview, onClose }: MemberFormProps) {
  const { key, isList, members, fields, command } = detail;
  const prefix = `+${key}.`;
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(
    () =>
      new Map(
        [...typedTexts].flatMap(([name, text]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), text]] : [])),
      ),
  );
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input, select')?.focus(), []);
  const setText = (path: string, text: string | undefined) => {
    const next = new Map(texts);
    if (text === undefined) next.delete(path);
    else next.set(path, text);
    setTexts(next);
    if (text === undefined) typedTexts.delete(prefix + path);
    else typedTexts.set(prefix + path, text);
  };
  const choosers = new Set(fields.flatMap(({ onlyWith }) => onlyWith.map(({ path }) => path)));
  const textOf = (path: string): string | undefined =>
    texts.get(path) ?? fields.find((field) => field.path === path)?.defaultText;
  const shown = fields.filter(({ onlyWith }) => onlyWith.every(({ path, choice }) => textOf(path) === choice));
  const isAsked = ({ path, isRequired }: Field): boolean => isRequired || choosers.has(path);
  const asked = shown.filter(isAsked);
  const others = shown.filter((field) => !isAsked(field));
  const submit = () => {
    const given = shown.flatMap(({ path }): (readonly [string, string])[] => {
      const text = texts.get(path);
      return text === undefined ? [] : [[path, text]];
    });
    const name = texts.get('') ?? '';
    onPreview({ group: key, texts: Object.fromEntries(given), ...(!isList && { name }) });
  };
  const inputs = (list: readonly Field[]) =>
    list.map((field) => (
      <FieldInput
        key={JSON.stringify([field.path, field.onlyWith])}
        field={field}
        text={texts.get(field.path)}
        command={command}
        onText={(text) => setText(field.path, text)}
      />
    ));
  return (
    <form
      ref={form}
      class="member-form"
      aria-label={isList ? 'A new element' : 'A new member'}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      {isList ? (
        <p>
          It becomes <b class="mono">{`${key}.${members.length}`}</b>, the last of the list.
        </p>
      ) : (
        <label>
          <b>Name</b>
          <input
            type="text"
            required
            value={texts.get('') ?? ''}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setText('', event.currentTarget.value || undefined)}
          />
        </label>
      )}
      {inputs(asked)}
      {others.length > 0 && (
        <details open={asked.length === 0}>
          <summary>{asked.length === 0 ? 'Settings' : `Settings with a default (${others.length})`}</summary>
          {inputs(others)}
        </details>
      )}
      <p>
        <button type="submit">Show the diff</button>
        <button type="button" onClick={onClose}>
          Close the form
        </button>
      </p>
    </form>
  );
}

interface FieldInputProps {
  readonly field: Field;
  readonly text: string | undefined;
  /** The command that adds a member with secrets. */
  readonly command: string;
  readonly onText: (text: string | undefined) => void;
}

/** One setting of the new member. A field that is left empty is not written. */
function FieldInput({ field, text, command, onText }: FieldInputProps) {
  const id = useId();
  const { path, doc, format, constraints, options, defaultText, variable, isRequired, isSensitive } = field;
  const facts = [format, ...constraints.filter((one) => !one.startsWith('one of') && one !== 'required')].join('; ');
  const unset = isRequired ? 'choose …' : defaultText === undefined ? 'not set' : `default: ${defaultText}`;
  const name = (
    <>
      <b class="mono">
        <bdi>{path}</bdi>
      </b>
      {isRequired && ' required'}
    </>
  );
  const control = { id, required: isRequired, 'aria-describedby': `${id}-about` };
  return (
    <div class="field">
      {isSensitive ? name : <label htmlFor={id}>{name}</label>}
      <span class="where" id={`${id}-about`}>
        {doc !== undefined && (
          <>
            {doc}
            <br />
          </>
        )}
        {facts}
      </span>
      {isSensitive ? (
        <span class="where">
          A secret is not typed into the page.
          {variable !== undefined && ` Give it by ${variable}, with the name for *.`}
          {isRequired && ` Add the member by: ${command}`}
        </span>
      ) : options ? (
        <select {...control} onChange={({ currentTarget }) => onText(options[currentTarget.selectedIndex - 1])}>
          <option value="" selected={text === undefined}>
            {unset}
          </option>
          {options.map((option) => (
            <option key={option} value={`=${option}`} selected={option === text}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...control}
          type="text"
          value={text ?? ''}
          spellcheck={false}
          autocomplete="off"
          placeholder={isRequired ? undefined : unset}
          onInput={({ currentTarget }) => onText(currentTarget.value || undefined)}
        />
      )}
    </div>
  );
}
