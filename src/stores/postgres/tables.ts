/** The names of the tables, quoted. */
export interface TableNames {
  readonly documents: string;
  readonly history: string;
}

export function tableNames(schema: string): TableNames {
  return { documents: `"${schema}".varve_documents`, history: `"${schema}".varve_history` };
}

/** The longest channel of PostgreSQL has 63 bytes. Documents that share a channel cost each other a look. */
const CHANNEL_LENGTH = 63;

/** The channel that announces changes of a document. */
export function channelOf(schema: string, document: string): string {
  return `varve:${schema}.${document}`.slice(0, CHANNEL_LENGTH);
}

/**
 * The SQL that creates the tables, for an owner; it changes nothing where they exist. The triggers give each change its
 * revision, record it and announce it, so that an edit by hand is a revision like any other. The announcement carries the
 * revision only: every role of the database may listen.
 */
export function tablesSql(schema: string): string {
  const { documents, history } = tableNames(schema);
  const name = (base: string): string => `"${schema}".${base}`;
  return `CREATE SCHEMA IF NOT EXISTS "${schema}";

CREATE TABLE IF NOT EXISTS ${documents} (
  name       text PRIMARY KEY,
  text       bytea NOT NULL,        -- UTF-8: convert_from(text, 'UTF8'), convert_to('{}', 'UTF8')
  revision   bigint NOT NULL DEFAULT 0,
  mark       text NOT NULL DEFAULT '',
  write_id   text,
  author     text,
  note       text,
  written_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each revision; text is null where the document was deleted. Delete old rows whenever you like.
CREATE TABLE IF NOT EXISTS ${history} (
  name       text NOT NULL,
  revision   bigint NOT NULL,
  mark       text NOT NULL,
  text       bytea,
  write_id   text,
  author     text,
  note       text,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (name, revision)
);
CREATE INDEX IF NOT EXISTS varve_history_write_id ON ${history} (name, write_id);

CREATE OR REPLACE FUNCTION ${name('varve_number')}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.write_id IS NOT DISTINCT FROM OLD.write_id THEN
    NEW.write_id := NULL;           -- edited by hand
    NEW.author := NULL;
    NEW.note := NULL;
  END IF;
  NEW.revision := 1 + coalesce((SELECT max(h.revision) FROM ${history} h WHERE h.name = NEW.name), 0);
  NEW.mark := substr(md5(random()::text || clock_timestamp()::text || coalesce(NEW.write_id, '')), 1, 8);
  NEW.written_at := clock_timestamp();
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ${name('varve_record')}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO ${history} (name, revision, mark, written_at)
      VALUES (OLD.name, OLD.revision + 1, substr(md5(random()::text), 1, 8), clock_timestamp());
    PERFORM pg_notify(left('varve:${schema}.' || OLD.name, ${CHANNEL_LENGTH}), (OLD.revision + 1)::text);
    RETURN OLD;
  END IF;
  INSERT INTO ${history} (name, revision, mark, text, write_id, author, note, written_at)
    VALUES (NEW.name, NEW.revision, NEW.mark, NEW.text, NEW.write_id, NEW.author, NEW.note, NEW.written_at);
  PERFORM pg_notify(left('varve:${schema}.' || NEW.name, ${CHANNEL_LENGTH}), NEW.revision::text);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ${name('varve_record_all')}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${history} (name, revision, mark, written_at)
    SELECT d.name, d.revision + 1, substr(md5(random()::text), 1, 8), clock_timestamp() FROM ${documents} d;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER varve_number BEFORE INSERT OR UPDATE ON ${documents}
  FOR EACH ROW EXECUTE FUNCTION ${name('varve_number')}();
CREATE OR REPLACE TRIGGER varve_record AFTER INSERT OR UPDATE OR DELETE ON ${documents}
  FOR EACH ROW EXECUTE FUNCTION ${name('varve_record')}();
CREATE OR REPLACE TRIGGER varve_record_all BEFORE TRUNCATE ON ${documents}
  FOR EACH STATEMENT EXECUTE FUNCTION ${name('varve_record_all')}();

-- A program that writes:  GRANT USAGE ON SCHEMA "${schema}" TO operator;
--                         GRANT SELECT, INSERT, UPDATE ON ${documents}, ${history} TO operator;
-- A program that reads:   GRANT USAGE ON SCHEMA "${schema}" TO reader; GRANT SELECT ON ${documents}, ${history} TO reader;
`;
}
