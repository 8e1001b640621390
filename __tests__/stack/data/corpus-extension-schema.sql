-- An extension that does not live in public: its schema is in the dump as well.
CREATE SCHEMA extensions;
CREATE EXTENSION fuzzystrmatch SCHEMA extensions;
CREATE TABLE public.sounds (name text, sound text GENERATED ALWAYS AS (extensions.soundex(name)) STORED);
INSERT INTO public.sounds VALUES ('Robert'), ('Rupert');
