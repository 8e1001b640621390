-- What a role without superuser rights cannot create.
CREATE FUNCTION public.note_command() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER notes_commands ON ddl_command_end EXECUTE FUNCTION public.note_command();
