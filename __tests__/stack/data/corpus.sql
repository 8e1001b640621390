-- What databases have, once each: loadable into any empty database of PostgreSQL 15 or later, by a superuser.
-- Things of a database itself are in corpus-database.sql.
SET client_min_messages = warning;
SET timezone = 'UTC';

DO $$
BEGIN
  -- Roles belong to the server: an earlier corpus may have made them.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'corpus_owner') THEN CREATE ROLE corpus_owner; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'corpus_reader') THEN CREATE ROLE corpus_reader; END IF;
END
$$;

CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION citext;
COMMENT ON EXTENSION hstore IS 'changed by the corpus';

CREATE SCHEMA corpus;
CREATE SCHEMA "Schéma avec espaces" AUTHORIZATION corpus_owner;
COMMENT ON SCHEMA corpus IS 'one of everything';

-- Types.
CREATE TYPE corpus.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE corpus.mood ADD VALUE 'so-so' BEFORE 'ok';
CREATE DOMAIN corpus.positive AS integer DEFAULT 1 CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN corpus.email AS citext CHECK (VALUE ~ '@');
CREATE TYPE corpus.address AS (street text, number corpus.positive, tags text[]);
CREATE TYPE corpus.span AS RANGE (subtype = float8, multirange_type_name = corpus.spans);
CREATE COLLATION corpus.numbers_by_value (provider = icu, locale = 'en-u-kn-true');

CREATE TABLE corpus.every_type (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 7) PRIMARY KEY,
  label text NOT NULL,
  a_boolean boolean, a_smallint smallint, an_integer integer, a_bigint bigint,
  a_numeric numeric, a_fixed numeric(12, 4), a_real real, a_double double precision, a_money money,
  a_text text, a_varchar varchar(20), a_char char(5), a_name name, a_byte "char", a_citext citext,
  a_bytea bytea, some_bits bit varying, a_uuid uuid,
  a_date date, a_time time, a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz, an_interval interval,
  a_json json, a_jsonb jsonb, a_jsonpath jsonpath, an_xml xml, an_hstore hstore,
  an_inet inet, a_cidr cidr, a_mac macaddr, a_mac8 macaddr8,
  a_point point, a_line line, a_segment lseg, a_box box, a_path path, a_polygon polygon, a_circle circle,
  a_tsvector tsvector, a_tsquery tsquery, an_lsn pg_lsn, a_snapshot pg_snapshot, an_oid oid,
  a_regclass regclass, a_regtype regtype, a_regrole regrole, a_regprocedure regprocedure,
  an_int4range int4range, a_tstzrange tstzrange, a_multirange nummultirange, a_span corpus.span, some_spans corpus.spans,
  a_mood corpus.mood, some_moods corpus.mood[], a_positive corpus.positive, an_email corpus.email,
  an_address corpus.address, some_addresses corpus.address[],
  some_integers integer[], a_matrix integer[][], some_texts text[], shifted integer[]
);
INSERT INTO corpus.every_type (label) VALUES ('all null');
INSERT INTO corpus.every_type VALUES (
  DEFAULT, 'ordinary',
  true, -32768, 2147483647, -9223372036854775808,
  1234567890.123456789, 12345678.9012, 3.1415927, 2.718281828459045, 1234.56,
  E'tab\t newline\n return\r backslash \\ quote '' dollar $$ comma , brace {} end', 'vingt caractères ok!', 'ab', 'a name', 'x', 'MiXeD',
  '\x00ff00deadbeef0a0d5c', B'101100111', '00000000-0000-4000-8000-00000000002a',
  '2024-02-29', '24:00:00', '23:59:59.999999-12', '2024-03-10 02:30:00', '2024-11-03 01:30:00-07', '1 year -2 mons 3 days -04:05:06.789',
  '{"b": 1,  "a": 2, "b": 3}', '{"b": 1, "a": [null, true, 1e400, "é\u2028"], "": {}}', '$.a[*] ? (@ > 1)', '<a b="c">d&amp;e</a>', 'a=>1, b=>NULL, "c d"=>"e,f"',
  '2001:db8::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
  '(1.5,-2.5)', '{1,-1,0}', '[(0,0),(1,1)]', '(2,2),(0,0)', '((0,0),(1,1),(2,0))', '((0,0),(1,1),(2,0))', '<(0,0),2.5>',
  'fat:2A cat:3B', 'fat & (rat | !cat)', '16/B374D848', '10:20:10,14,15', 4294967295,
  'pg_catalog.pg_class', 'corpus.mood', 'corpus_reader', 'pg_catalog.length(text)',
  '[1,10)', '[2024-01-01 00:00+00,)', '{[1.5,2.5),(3,4]}', '[0.5,1.5)', '{[0,1),[2,3)}',
  'so-so', '{happy,sad}', 42, 'Someone@Example.org',
  ROW('rue "d''été"', 7, ARRAY['a,b', NULL, '']), ARRAY[ROW('x', 1, NULL)::corpus.address, NULL],
  '{1,NULL,3}', '{{1,2},{3,4}}', '{"",NULL,"NULL","a\"b","\\"}', '[-2:0]={7,8,9}'
);
INSERT INTO corpus.every_type (label, a_numeric, a_real, a_double, a_date, a_timestamp, a_timestamptz, an_interval) VALUES
  ('not numbers', 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', 'infinity', '178000000 years'),
  ('infinite', 'Infinity', 'Infinity', 'Infinity', '-infinity', '-infinity', '-infinity', '-178000000 years'),
  ('minus infinite', '-Infinity', '-Infinity', '-Infinity', '4714-11-24 BC', '4714-11-24 00:00 BC', '4714-11-24 00:00+00 BC', '0'),
  ('largest', ('9' || repeat('9', 131071))::numeric, 3.4028235e38, 1.7976931348623157e308, '5874897-12-31',
    '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1 microsecond'),
  ('smallest', ('0.' || repeat('0', 16382) || '1')::numeric, 1e-45, 5e-324, '0001-01-01', '1970-01-01', '1883-11-18 12:03:58-08', '-1 day 24:00:00'),
  ('minus zero', '0.000', '-0', '-0', '2000-01-01', '1999-12-31 23:59:60', '2024-03-10 09:59:59.999999+00', '1 mon -30 days');
INSERT INTO corpus.every_type (label, a_text, some_integers, a_jsonb, some_texts, an_int4range, a_multirange)
  VALUES ('empty', '', '{}', '{}', '{}', 'empty', '{}');

-- Values that are large, and do not compress.
CREATE TABLE corpus.large (id integer PRIMARY KEY, long_text text, long_bytes bytea, document jsonb);
ALTER TABLE corpus.large ALTER COLUMN long_bytes SET STORAGE EXTERNAL;
INSERT INTO corpus.large
SELECT n, string_agg(md5(n || '-' || k), E'\n' ORDER BY k), decode(string_agg(md5(k || '+' || n), '' ORDER BY k), 'hex'),
  jsonb_object_agg(md5(k::text), k) FILTER (WHERE k <= 20000)
FROM generate_series(1, 2) AS n, generate_series(1, 120000) AS k GROUP BY n;
INSERT INTO corpus.large VALUES (3, repeat('compresses well ', 400000), '\x00', '{}');

-- Sequences: every place a value can be kept.
CREATE SEQUENCE corpus.untouched;
CREATE SEQUENCE corpus.far_along AS bigint START 10 INCREMENT 5 CACHE 1;
SELECT setval('corpus.far_along', 9007199254740993);
CREATE SEQUENCE corpus.backwards INCREMENT -3 MINVALUE -100 MAXVALUE -1 START -1 CYCLE;
SELECT nextval('corpus.backwards'), nextval('corpus.backwards');
CREATE SEQUENCE corpus.not_called;
SELECT setval('corpus.not_called', 77, false);
CREATE TABLE corpus.with_serial (id serial PRIMARY KEY, by_default integer GENERATED BY DEFAULT AS IDENTITY, note text DEFAULT 'n' || nextval('corpus.untouched'::regclass));
INSERT INTO corpus.with_serial (by_default) SELECT n * 2 FROM generate_series(1, 50) AS n;
DELETE FROM corpus.with_serial WHERE id > 40;

-- Names that must be quoted, everywhere and right.
CREATE TABLE "Schéma avec espaces"."Table with spaces" ("Column One" integer PRIMARY KEY, "quo""te'd" text, "UPPER" text, "select" text);
INSERT INTO "Schéma avec espaces"."Table with spaces" VALUES (1, 'a', 'B', 'c'), (2, NULL, '', 'd');
CREATE TABLE "Schéma avec espaces"."表-ünïcödé-🧬" ("naïve" text, "line
break" text, "back\slash" text, "$(touch x)" text, "%s" text, "\! id" text);
INSERT INTO "Schéma avec espaces"."表-ünïcödé-🧬" VALUES ('é', 'ligne', '\', '$HOME', '%d', '\.');
CREATE TABLE corpus."; DROP TABLE donor; --" (id integer);
CREATE TABLE corpus.a_name_of_the_full_length_of_sixty_three_bytes_which_is_the_end (id integer);
CREATE TABLE corpus."Table" (id integer);
CREATE TABLE corpus."table" (id integer);
INSERT INTO corpus."Table" VALUES (1);
INSERT INTO corpus."table" VALUES (2), (3);

-- Rows that look like the end, or like commands, of a script.
CREATE TABLE corpus.tricky (id integer PRIMARY KEY, value text);
INSERT INTO corpus.tricky VALUES (1, '\.'), (2, E'\\.\n'), (3, E'a\n\\.\nb'), (4, '\N'), (5, NULL), (6, ''), (7, '\! touch /injected'),
  (8, E'\\unrestrict x'), (9, '::set-output name=x::y'), (10, U&'\FEFF'), (11, E'\x7f\x01'), (12, '''; DROP TABLE corpus.large; --');

-- Tables of odd shapes.
CREATE TABLE corpus.empty (id integer, note text);
CREATE TABLE corpus.no_columns ();
INSERT INTO corpus.no_columns DEFAULT VALUES;
INSERT INTO corpus.no_columns DEFAULT VALUES;
CREATE TABLE corpus.dropped_columns (gone integer, kept text, gone_too text, last integer);
INSERT INTO corpus.dropped_columns VALUES (1, 'a', 'x', 1), (2, 'b', 'y', 2);
ALTER TABLE corpus.dropped_columns DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN added timestamptz DEFAULT '2024-01-01Z', ADD COLUMN late integer;
CREATE TABLE corpus.duplicates (value text);
INSERT INTO corpus.duplicates SELECT 'same' FROM generate_series(1, 5);
CREATE UNLOGGED TABLE corpus.unlogged (id integer PRIMARY KEY);
INSERT INTO corpus.unlogged SELECT generate_series(1, 10);
CREATE TABLE corpus.generated (
  price numeric NOT NULL CHECK (price >= 0), quantity integer NOT NULL,
  total numeric GENERATED ALWAYS AS (price * quantity) STORED
) WITH (fillfactor = 70, autovacuum_enabled = false);
INSERT INTO corpus.generated VALUES (9.99, 3), (0, 7);

-- Partitions and inheritance.
CREATE TABLE corpus.by_day (day date NOT NULL, site text NOT NULL, amount integer) PARTITION BY RANGE (day);
CREATE TABLE corpus.by_day_2023 PARTITION OF corpus.by_day FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE corpus.by_day_rest PARTITION OF corpus.by_day DEFAULT;
-- Attached with its columns in another order, so that a row of the parent is not a row of the child.
CREATE TABLE corpus.by_day_2024 (amount integer, dropped integer, site text NOT NULL, day date NOT NULL);
ALTER TABLE corpus.by_day_2024 DROP COLUMN dropped;
ALTER TABLE corpus.by_day ATTACH PARTITION corpus.by_day_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO corpus.by_day SELECT date '2023-06-01' + n, 'site ' || n % 3, n FROM generate_series(1, 900) AS n;
CREATE INDEX ON corpus.by_day (site, day);
CREATE TABLE corpus.by_hash (id integer PRIMARY KEY, note text) PARTITION BY HASH (id);
CREATE TABLE corpus.by_hash_0 PARTITION OF corpus.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE corpus.by_hash_1 PARTITION OF corpus.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO corpus.by_hash SELECT n, md5(n::text) FROM generate_series(1, 100) AS n;
CREATE TABLE corpus.by_mood (mood corpus.mood, id integer) PARTITION BY LIST (mood);
CREATE TABLE corpus.by_mood_good PARTITION OF corpus.by_mood FOR VALUES IN ('ok', 'happy') PARTITION BY RANGE (id);
CREATE TABLE corpus.by_mood_good_low PARTITION OF corpus.by_mood_good FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE corpus.by_mood_good_high PARTITION OF corpus.by_mood_good FOR VALUES FROM (50) TO (MAXVALUE);
CREATE TABLE corpus.by_mood_null PARTITION OF corpus.by_mood FOR VALUES IN (NULL, 'sad');
INSERT INTO corpus.by_mood SELECT (ARRAY['ok', 'happy', NULL, 'sad'])[1 + n % 4]::corpus.mood, n FROM generate_series(1, 100) AS n;
CREATE TABLE corpus.parent (id integer PRIMARY KEY, note text DEFAULT 'parent');
CREATE TABLE corpus.child (extra jsonb, note text DEFAULT 'child') INHERITS (corpus.parent);
INSERT INTO corpus.parent VALUES (1), (2);
INSERT INTO corpus.child (id, extra) VALUES (3, '{"a": 1}');

-- Constraints and indexes.
CREATE TABLE corpus.left_side (id integer PRIMARY KEY, partner integer);
CREATE TABLE corpus.right_side (id integer PRIMARY KEY, partner integer REFERENCES corpus.left_side DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE corpus.left_side ADD CONSTRAINT each_other FOREIGN KEY (partner) REFERENCES corpus.right_side ON DELETE CASCADE DEFERRABLE;
BEGIN;
INSERT INTO corpus.left_side VALUES (1, NULL);
INSERT INTO corpus.right_side VALUES (1, 1);
UPDATE corpus.left_side SET partner = 1;
COMMIT;
CREATE TABLE corpus.bookings (room integer, during int4range, email citext, words text, EXCLUDE USING gist (during WITH &&) WHERE (room = 1),
  UNIQUE NULLS NOT DISTINCT (room, email));
INSERT INTO corpus.bookings VALUES (1, '[1,5)', 'a@b', 'one two'), (1, '[5,9)', 'c@d', 'three'), (2, '[1,9)', NULL, NULL);
ALTER TABLE corpus.bookings ADD CONSTRAINT not_checked CHECK (room < 2) NOT VALID;
CREATE INDEX bookings_words ON corpus.bookings USING gin (words gin_trgm_ops);
CREATE INDEX bookings_lower ON corpus.bookings (lower(words) DESC NULLS LAST) INCLUDE (room) WHERE room IS NOT NULL;
CREATE INDEX ON corpus.every_type USING brin (id);
CREATE INDEX ON corpus.every_type USING gin (a_jsonb jsonb_path_ops);
ALTER TABLE corpus.every_type ALTER COLUMN a_text SET STATISTICS 500, ALTER COLUMN label SET COMPRESSION pglz;
ALTER TABLE corpus.duplicates REPLICA IDENTITY FULL;
CREATE STATISTICS corpus.day_and_site (dependencies, ndistinct) ON day, site FROM corpus.by_day;

-- Views, also not filled and on top of each other.
CREATE VIEW corpus.recent WITH (security_barrier) AS SELECT * FROM corpus.by_day WHERE day > '2024-06-01' WITH LOCAL CHECK OPTION;
CREATE MATERIALIZED VIEW corpus.totals AS SELECT site, sum(amount) AS amount FROM corpus.recent GROUP BY site WITH DATA;
CREATE UNIQUE INDEX ON corpus.totals (site);
CREATE MATERIALIZED VIEW corpus.totals_of_totals AS SELECT sum(amount) AS amount FROM corpus.totals;
CREATE MATERIALIZED VIEW corpus.never_filled AS SELECT 1 AS one WITH NO DATA;
CREATE VIEW corpus.countdown AS WITH RECURSIVE down (n) AS (VALUES (5) UNION ALL SELECT n - 1 FROM down WHERE n > 0) SELECT n FROM down;

-- Code.
CREATE TABLE corpus.journal (id bigint GENERATED ALWAYS AS IDENTITY, what text, at timestamptz);
CREATE FUNCTION corpus.note_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO corpus.journal (what, at) VALUES (TG_OP, '2024-01-01Z');
  RETURN NEW;
END
$body$;
CREATE TRIGGER tricky_changes AFTER INSERT OR UPDATE ON corpus.tricky FOR EACH ROW EXECUTE FUNCTION corpus.note_change();
CREATE TRIGGER switched_off BEFORE DELETE ON corpus.tricky FOR EACH ROW EXECUTE FUNCTION corpus.note_change();
ALTER TABLE corpus.tricky DISABLE TRIGGER switched_off;
INSERT INTO corpus.tricky VALUES (13, 'made the trigger fire');
CREATE RULE empty_takes_nothing AS ON INSERT TO corpus.empty DO INSTEAD NOTHING;
CREATE FUNCTION corpus.secret_count() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = corpus, pg_temp
  AS 'SELECT count(*) FROM tricky';
REVOKE ALL ON FUNCTION corpus.secret_count() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION corpus.secret_count() TO corpus_reader;
CREATE PROCEDURE corpus.clear_journal() LANGUAGE sql BEGIN ATOMIC DELETE FROM corpus.journal WHERE false; END;
CREATE AGGREGATE corpus.joined (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE FUNCTION corpus.same_mood(corpus.mood, corpus.mood) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1::text = $2::text;
CREATE OPERATOR corpus.=== (LEFTARG = corpus.mood, RIGHTARG = corpus.mood, FUNCTION = corpus.same_mood);
CREATE TEXT SEARCH CONFIGURATION corpus.plain (COPY = simple);

-- Rights.
ALTER TABLE corpus.by_hash OWNER TO corpus_owner;
ALTER TABLE "Schéma avec espaces"."Table with spaces" OWNER TO corpus_owner;
GRANT USAGE ON SCHEMA corpus TO corpus_reader;
GRANT SELECT ON corpus.every_type TO corpus_reader WITH GRANT OPTION;
GRANT SELECT (id), UPDATE (value) ON corpus.tricky TO corpus_reader;
GRANT USAGE ON SEQUENCE corpus.far_along TO corpus_reader;
REVOKE ALL ON corpus.duplicates FROM CURRENT_USER;
GRANT SELECT ON corpus.duplicates TO PUBLIC;
REVOKE USAGE ON TYPE corpus.mood FROM PUBLIC;
GRANT USAGE ON TYPE corpus.mood TO corpus_reader, corpus_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE corpus_owner IN SCHEMA corpus GRANT SELECT ON TABLES TO corpus_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE corpus_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE TABLE corpus.guarded (id integer, owner name);
INSERT INTO corpus.guarded VALUES (1, 'corpus_reader'), (2, 'somebody');
ALTER TABLE corpus.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE corpus.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON corpus.guarded FOR SELECT TO corpus_reader USING (owner = current_user);
CREATE POLICY no_deletes ON corpus.guarded AS RESTRICTIVE FOR DELETE USING (false);
CREATE PUBLICATION corpus_changes FOR TABLE corpus.tricky (id, value) WHERE (id > 3);

-- Large objects, with numbers of their own, a comment and rights.
SELECT lo_from_bytea(900001, '\x00010203ff'), lo_from_bytea(900002, convert_to(repeat('large object ', 100000), 'UTF8')), lo_from_bytea(900003, '');
COMMENT ON LARGE OBJECT 900001 IS 'the first';
GRANT SELECT ON LARGE OBJECT 900002 TO corpus_reader;
CREATE TABLE corpus.attachments (id integer PRIMARY KEY, content oid);
INSERT INTO corpus.attachments VALUES (1, 900001), (2, 900002), (3, 900003);

COMMENT ON TABLE corpus.tricky IS E'it''s "quoted"\nand has a second line; -- and more \\';
COMMENT ON COLUMN corpus.tricky.value IS 'a column';
COMMENT ON TYPE corpus.mood IS 'a type';
COMMENT ON FUNCTION corpus.secret_count() IS 'a function';
COMMENT ON INDEX corpus.bookings_words IS 'an index';
COMMENT ON TRIGGER tricky_changes ON corpus.tricky IS 'a trigger';
COMMENT ON POLICY own_rows ON corpus.guarded IS 'a policy';
COMMENT ON CONSTRAINT each_other ON corpus.left_side IS 'a constraint';
