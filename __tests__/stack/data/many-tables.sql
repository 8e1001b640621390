-- 2,000 small tables. A commit every hundred, since all their locks at once would not fit.
SET client_min_messages = warning;
CREATE SCHEMA many;
DO $$
BEGIN
  FOR n IN 1..2000 LOOP
    EXECUTE format('CREATE TABLE many.table_%s (id integer PRIMARY KEY, note text)', n);
    EXECUTE format('INSERT INTO many.table_%s SELECT k, md5(k::text || %s) FROM generate_series(1, %s) AS k', n, n, n % 4);
    IF n % 100 = 0 THEN COMMIT; END IF;
  END LOOP;
END
$$;
