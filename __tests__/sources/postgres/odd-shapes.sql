-- What made a restore differ from what was dumped, or refuse it, at some time. Runs after the corpus, whose roles it uses.
CREATE SCHEMA odd;
GRANT USAGE ON SCHEMA odd TO corpus_reader, corpus_owner;

-- Names that our own queries use.
CREATE TABLE odd.x (x integer, at integer, rows integer, digest text, t text, d text, schema text, name text);
INSERT INTO odd.x VALUES (1, 2, 3, '4', '5', '6', '7', '8');
CREATE TABLE odd."o'clock ""x"" \ y" ("a.b" integer, "A.B" integer);
INSERT INTO odd."o'clock ""x"" \ y" VALUES (1, 2);
CREATE TABLE odd.a (id integer);
CREATE SCHEMA "odd a";
CREATE TABLE "odd a".b (id integer);
CREATE TABLE odd."a.b" (id integer);
CREATE SCHEMA "odd.a";
CREATE TABLE "odd.a".b (id integer);
INSERT INTO odd."a.b" VALUES (1);

-- Column orders that a dump changes: the child has its own column first, the parent's later.
CREATE TABLE odd.parent (id integer);
CREATE TABLE odd.child (own text) INHERITS (odd.parent);
ALTER TABLE odd.parent ADD COLUMN later integer DEFAULT 5;
INSERT INTO odd.child (id, own, later) SELECT n, 'own ' || n, n * 2 FROM generate_series(1, 20) AS n;

-- Foreign keys to a partitioned table make constraints with made-up names, a partition each.
CREATE TABLE odd.days (day date, site integer, PRIMARY KEY (day, site)) PARTITION BY RANGE (day);
CREATE TABLE odd.days_2 PARTITION OF odd.days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE odd.notes (day date, site integer, note text);
ALTER TABLE odd.notes ADD FOREIGN KEY (day, site) REFERENCES odd.days;
CREATE TABLE odd.days_1 PARTITION OF odd.days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE odd.days_0 PARTITION OF odd.days FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
ALTER TABLE odd.days ADD FOREIGN KEY (day, site) REFERENCES odd.days;
INSERT INTO odd.days VALUES ('2024-05-05', 1), ('2025-05-05', 1);
INSERT INTO odd.notes VALUES ('2024-05-05', 1, 'a'), (NULL, NULL, 'b');

-- Stale on purpose: a restore fills it anew.
CREATE MATERIALIZED VIEW odd.stale AS SELECT count(*) AS children FROM odd.child;
INSERT INTO odd.child (id, own) VALUES (21, 'after the view was filled');

-- Owned by others than the database.
CREATE TYPE odd.pair AS (a integer, b text);
CREATE TYPE odd.colour AS ENUM ('red', 'green');
CREATE DOMAIN odd.small AS integer CHECK (VALUE < 100);
CREATE TYPE odd.reach AS RANGE (subtype = integer);
CREATE FUNCTION odd.double(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE AGGREGATE odd.total (integer) (SFUNC = int4pl, STYPE = integer);
CREATE PROCEDURE odd.nothing() LANGUAGE sql AS '';
CREATE VIEW odd.seen AS SELECT * FROM odd.child;
CREATE MATERIALIZED VIEW odd.kept AS SELECT 1 AS one;
CREATE SEQUENCE odd.counter;
CREATE TABLE odd.owned (id serial PRIMARY KEY, by_identity integer GENERATED ALWAYS AS IDENTITY, colour odd.colour, pair odd.pair);
INSERT INTO odd.owned (colour, pair) VALUES ('red', (1, 'x')), ('green', (2, NULL));
CREATE INDEX ON odd.owned (odd.double(id));
CREATE STATISTICS odd.owned_statistics ON id, colour FROM odd.owned;
CREATE FUNCTION odd.same_pair(odd.pair, odd.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a = ($2).a';
CREATE OPERATOR odd.=== (LEFTARG = odd.pair, RIGHTARG = odd.pair, FUNCTION = odd.same_pair);
CREATE COLLATION odd.french (provider = icu, locale = 'fr');
CREATE TEXT SEARCH DICTIONARY odd.words (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION odd.search (COPY = simple);
CREATE FUNCTION odd.as_text(odd.pair) RETURNS text LANGUAGE sql AS 'SELECT ''not '' || ($1).b';
CREATE CAST (odd.pair AS text) WITH FUNCTION odd.as_text(odd.pair) AS IMPLICIT;
DO $$
DECLARE
  what text;
BEGIN
  FOREACH what IN ARRAY ARRAY['TYPE odd.pair', 'TYPE odd.colour', 'DOMAIN odd.small', 'TYPE odd.reach', 'FUNCTION odd.double(integer)',
    'AGGREGATE odd.total(integer)', 'PROCEDURE odd.nothing()', 'VIEW odd.seen', 'MATERIALIZED VIEW odd.kept', 'SEQUENCE odd.counter',
    'TABLE odd.owned', 'STATISTICS odd.owned_statistics', 'OPERATOR odd.===(odd.pair, odd.pair)', 'COLLATION odd.french',
    'TEXT SEARCH DICTIONARY odd.words', 'TEXT SEARCH CONFIGURATION odd.search', 'SCHEMA "odd a"', 'LARGE OBJECT 900002'] LOOP
    EXECUTE 'ALTER ' || what || ' OWNER TO corpus_owner';
  END LOOP;
END
$$;

-- Privileges that were passed on by another, taken from the owner, or differ by column.
CREATE TABLE odd.passed_on (id integer, secret text);
GRANT SELECT ON odd.passed_on TO corpus_reader WITH GRANT OPTION;
SET ROLE corpus_reader;
GRANT SELECT ON odd.passed_on TO corpus_owner;
RESET ROLE;
REVOKE INSERT, DELETE ON odd.passed_on FROM CURRENT_USER;
GRANT UPDATE (id), INSERT (id, secret) ON odd.passed_on TO corpus_owner;
REVOKE EXECUTE ON FUNCTION odd.double(integer) FROM PUBLIC;
REVOKE USAGE ON TYPE odd.pair FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO corpus_owner;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO corpus_owner;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO corpus_owner;
GRANT SELECT ON odd.seen, odd.kept TO corpus_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO corpus_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA odd REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- Row security that binds the owner too.
CREATE TABLE odd.forced (id integer, who text);
INSERT INTO odd.forced SELECT n, 'w' || n FROM generate_series(1, 9) AS n;
CREATE MATERIALIZED VIEW odd.of_forced AS SELECT count(*) AS n FROM odd.forced;
ALTER TABLE odd.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO corpus_owner;

-- As wide as a table can be.
DO $$
BEGIN
  EXECUTE 'CREATE TABLE odd.wide (' || (SELECT string_agg('c' || n || ' smallint', ', ') FROM generate_series(1, 1600) AS n) || ')';
  INSERT INTO odd.wide (c1, c1600) VALUES (1, 1600);
END
$$;

-- More than a large object's first piece, not whole pages, and one with a hole.
SELECT lo_from_bytea(900010, decode(repeat('00ff10', 1000000), 'hex')), lo_from_bytea(900011, '\x01');
SELECT lo_put(900011, 2500000, '\x02');
