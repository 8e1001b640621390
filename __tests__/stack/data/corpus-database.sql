-- What belongs to a database and not to anything in it, and is left out by pg_dump without -C. Runs after corpus.sql.
DO $$
DECLARE
  name text := quote_ident(current_database());
BEGIN
  EXECUTE 'ALTER DATABASE ' || name || ' SET timezone = ''America/St_Johns''';
  EXECUTE 'ALTER DATABASE ' || name || ' SET datestyle = ''SQL, DMY''';
  EXECUTE 'ALTER DATABASE ' || name || ' SET intervalstyle = ''sql_standard''';
  EXECUTE 'ALTER DATABASE ' || name || ' SET bytea_output = ''escape''';
  EXECUTE 'ALTER DATABASE ' || name || ' SET extra_float_digits = -2';
  EXECUTE 'ALTER DATABASE ' || name || ' SET search_path = "$user", corpus, "Schéma avec espaces", public';
  EXECUTE 'ALTER ROLE corpus_reader IN DATABASE ' || name || ' SET work_mem = ''7MB''';
  EXECUTE 'ALTER ROLE corpus_reader IN DATABASE ' || name || ' SET search_path = corpus, ''it''''s here''';
  EXECUTE 'ALTER DATABASE ' || name || ' CONNECTION LIMIT 50';
  EXECUTE 'COMMENT ON DATABASE ' || name || ' IS ''the corpus: it''''s "quoted"''';
  EXECUTE 'REVOKE CONNECT, TEMPORARY ON DATABASE ' || name || ' FROM PUBLIC';
  EXECUTE 'GRANT CONNECT ON DATABASE ' || name || ' TO corpus_reader WITH GRANT OPTION';
  EXECUTE 'ALTER DATABASE ' || name || ' OWNER TO corpus_owner';
END
$$;
